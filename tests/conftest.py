"""What all tests share."""

import os
import shutil
import signal
from pathlib import Path

import pytest

from tests.factory import Factory, reproduced
from tests.kept import kept

ROOT = Path(__file__).resolve().parent.parent


def pytest_configure() -> None:
    """A shell's background job ignores Ctrl-C and so would every stage it starts: tests that press it need it back."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The whole factory first and the page's many short files last, so that no process waits for another at the end."""
    items.sort(key=lambda item: ("factory" not in item.fixturenames, "web" in item.path.parts))


@pytest.fixture(scope="session")
def wlasl_dir() -> Path:
    """The folder with real WLASL zips and landmarks; skips where this machine has none."""
    folder = Path(os.environ.get("ISLR_WLASL_DIR") or ROOT.parent / "shared" / "wlasl").resolve()
    if not (folder / "wlasl-processed.zip").is_file():
        pytest.skip(f"no real WLASL data in {folder}: set ISLR_WLASL_DIR to the folder with its zips")
    return folder


@pytest.fixture(scope="module")
def factory(tmp_path_factory) -> Factory:
    """The whole factory on a small drawn sample, run once."""
    return reproduced(tmp_path_factory.mktemp("factory") / "islr")


@pytest.fixture(scope="session")
def finished_project(tmp_path_factory) -> Path:
    """A small project after `export`: trained, evaluated, exported. Read only; copy it to change it."""
    from tests.stages import project

    folder = tmp_path_factory.mktemp("project")
    before = Path.cwd()
    os.chdir(folder)
    try:
        project.write_params()
        project.write_data()
        project.train()
        project.finish()
    finally:
        os.chdir(before)
    return folder


@pytest.fixture(scope="session")
def small_clone(tmp_path_factory):
    """A clone whose small pipeline was run. Read only; `copy` it to change it."""
    from tests.stages.delivery import clones

    return clones.make(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="session")
def empty_mlflow(pytestconfig, tmp_path_factory) -> Path:
    """A migrated, empty MLflow database: making one takes seconds, copying it does not."""
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    from mlflow import MlflowClient, __version__

    def make(folder: Path) -> None:
        MlflowClient(f"sqlite:///{folder}/empty.db").search_experiments()

    to = tmp_path_factory.mktemp("mlflow") / "empty"
    return kept(pytestconfig, "mlflow", __version__.encode(), make, to) / "empty.db"


@pytest.fixture
def mlflow_uri(empty_mlflow, tmp_path) -> str:
    """A test's own MLflow database."""
    database = tmp_path / "mlflow.db"
    shutil.copy(empty_mlflow, database)
    return f"sqlite:///{database}"


@pytest.fixture
def mlflow_client(mlflow_uri):
    """A client of the test's own MLflow database."""
    from mlflow import MlflowClient

    return MlflowClient(mlflow_uri, mlflow_uri)  # without the second it takes the registry of the test before
