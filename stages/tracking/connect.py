"""Where MLflow is, and how a stage reaches it."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from bentos.contract import database
from stages.start import StageError

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "islr"
# machine learning, not "GenAI"; the UI of MLflow 3.17 asks its reader instead
KIND = {"mlflow.experimentKind": "custom_model_development"}
COPIES = (".dvc", "tmp", "exps")  # where DVC makes the working copies of queued and --temp experiments

SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",  # no phoning home
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",  # not which tables it makes
    "MLFLOW_UV_AUTO_DETECT": "false",  # it would copy uv.lock with its download addresses into every version
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",  # the default of 7 holds a stage up for minutes when a server is gone
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",  # seconds
    "GIT_PYTHON_REFRESH": "quiet",
}


def repository_root(start: str | Path | None = None) -> Path:
    """The clone that a stage belongs to, also when DVC runs it in a temporary copy.

    DVC names it in DVC_ROOT; without DVC it is the closest folder with a `.dvc` that is not itself such a copy.

    Args:
        start: folder to start from; the current one by default.
    """
    if start is None and os.environ.get("DVC_ROOT"):
        return Path(os.environ["DVC_ROOT"]).resolve()
    folder = Path(start or Path.cwd()).resolve()
    for parent in (folder, *folder.parents):
        rest = folder.relative_to(parent).parts
        if rest[: len(COPIES)] == COPIES:
            folder = parent
    return next((p for p in (folder, *folder.parents) if (p / ".dvc").is_dir()), folder)


def tracking_uri() -> str:
    """MLFLOW_TRACKING_URI, else the database `mlflow.db` in the repository's root as an absolute address."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{repository_root() / 'mlflow.db'}"


def connect(uri: str | None = None, make: bool = False) -> "MlflowClient":
    """Reach MLflow, for this process.

    Args:
        uri: database (`sqlite:///…`, `postgresql://…`) or server (`http://…`); `tracking_uri()` by default.
        make: whether a missing database is made; for those who write.

    Returns:
        A client for both runs and registry. MLflow's functions that take no client use the same address.

    Raises:
        StageError: a folder of files is given, which MLflow 3 no longer takes.
        DatabaseError: a database is not there, cannot be opened, or is of another version of MLflow.
    """
    _settle()
    uri = uri or tracking_uri()
    if "://" not in uri or uri.startswith("file:"):
        raise StageError(f"MLFLOW_TRACKING_URI is {uri}: give a database (sqlite:///…) or a server (http://…)")
    import mlflow  # after its settings

    if make:
        make_database(uri)
    database.check(uri, fresh=make)
    database.bring_home(uri, repository_root())
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    return mlflow.MlflowClient(tracking_uri=uri, registry_uri=uri)


def _settle() -> None:
    """Set what MLflow reads when it is first imported."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)


@contextlib.contextmanager
def sentences() -> Iterator[None]:
    """End the process with one sentence when MLflow cannot be used."""
    _settle()
    from mlflow.exceptions import MlflowException

    try:
        yield
    except database.DatabaseError as error:
        raise SystemExit(str(error)) from None
    except MlflowException as error:
        address = database.without_password(tracking_uri())
        raise SystemExit(f"MLflow at {address} says: {str(error).splitlines()[0]}") from None


def make_database(uri: str) -> None:
    """Make an SQLite database of MLflow where there is none: whole, under another name, then given its own.

    So of several processes one makes it, and nobody sees it half made.
    """
    file = database.file_of(uri)
    if file is None or file.exists():
        return
    from mlflow.db import upgrade

    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f"{file.name}.", dir=file.parent) as scratch:
        made = Path(scratch) / file.name
        upgrade.main([f"sqlite:///{made}"], standalone_mode=False)
        with contextlib.suppress(FileExistsError):  # another process was faster
            os.link(made, file)


def experiment_id(client: "MlflowClient", name: str = EXPERIMENT) -> str:
    """The experiment that all runs go to; made if it is not there.

    Its artifacts go where the server says; with a database alone to MLFLOW_DEFAULT_ARTIFACT_ROOT, else to
    `mlartifacts` in the repository's root.
    """
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(name)
    if found is None:
        location = None
        if not client.tracking_uri.startswith("http"):
            home = repository_root() / database.ARTIFACTS
            location = os.environ.get("MLFLOW_DEFAULT_ARTIFACT_ROOT") or home.as_uri()
        try:
            return client.create_experiment(name, artifact_location=location, tags=KIND)
        except MlflowException as error:  # another process was faster
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            return client.get_experiment_by_name(name).experiment_id  # type: ignore[union-attr]
    return found.experiment_id
