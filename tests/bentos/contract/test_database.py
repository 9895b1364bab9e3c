"""MLflow's database before it is opened: readers make and migrate none; a clone that was moved finds its artifacts."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from mlflow import MlflowClient

from bentos.contract import database
from bentos.contract.database import DatabaseError, check, file_of, without_password
from bentos.model import versions
from bentos.model.versions import RegistrySource, SourceError

NAME = "pose2gloss"


@pytest.mark.parametrize(
    ("uri", "file"),
    [
        ("sqlite:///mlflow.db", "mlflow.db"),
        ("sqlite:////srv/mlflow.db", "/srv/mlflow.db"),
        ("sqlite+pysqlite:////srv/mlflow.db?timeout=5", "/srv/mlflow.db"),
        ("sqlite:///file:/srv/mlflow.db?uri=true", "/srv/mlflow.db"),
        ("sqlite://", None),
        ("sqlite:///:memory:", None),
        ("postgresql://ann:secret@db/mlflow", None),
        ("http://server:5000", None),
        ("mlruns", None),
    ],
)
def test_file_of_an_address(uri, file):
    assert file_of(uri) == (file and Path(file))


def test_address_is_said_without_the_password():
    assert without_password("postgresql://ann:secret@db/mlflow") == "postgresql://db/mlflow"
    assert without_password("sqlite:////srv/mlflow.db") == "sqlite:////srv/mlflow.db"


def ways_to_read(uri: str):
    """Everything that a reader does first."""
    source = RegistrySource(uri, NAME)
    yield source.current
    yield lambda: source.describe("1")
    yield lambda: source.fetch(versions.Version(NAME, "1"))


def test_no_reader_makes_a_database(tmp_path):
    for way in ways_to_read(f"sqlite:///{tmp_path}/new/mlflow.db"):
        with pytest.raises(SourceError, match=r"there is no database .*mlflow\.db yet: `dvc repro` makes it"):
            way()
    assert list(tmp_path.iterdir()) == []


def test_database_that_goes_is_not_made_again(mlflow_uri, mlflow_client):
    mlflow_client.create_registered_model(NAME)
    source = RegistrySource(mlflow_uri, NAME)
    with pytest.raises(SourceError, match="no version of pose2gloss"):
        source.current()
    file_of(mlflow_uri).unlink()
    with pytest.raises(SourceError, match="there is no database"):
        source.current()
    assert not file_of(mlflow_uri).exists()


def other(file: Path, kind: str, empty_mlflow: Path) -> None:
    """Put something at the place that is no database of this MLflow."""
    if kind == "text":
        file.write_text("not SQLite at all, and longer than a header of a hundred bytes " * 4)
    elif kind == "empty":
        file.touch()
    elif kind == "foreign":
        with sqlite3.connect(file) as made:
            made.execute("CREATE TABLE cats (name TEXT)")
    else:
        shutil.copy(empty_mlflow, file)
        revision = {"older": "728d730b5ebd", "newer": "fedcba987654"}[kind]
        with sqlite3.connect(file) as made:
            made.execute("UPDATE alembic_version SET version_num = ?", (revision,))


SAID = {
    "text": "cannot be opened as a database of MLflow: .*not a database",
    "empty": "is no database of MLflow yet",
    "foreign": "is no database of MLflow yet",
    "older": r"made by an older MLflow \(schema 728d730b5ebd.*`mlflow db upgrade sqlite:///.*mlflow\.db`",
    "newer": r"another or a newer MLflow \(schema fedcba987654.*`uv sync`",
}


@pytest.mark.parametrize("kind", SAID)
def test_reader_says_what_is_wrong_and_changes_nothing(kind, tmp_path, empty_mlflow):
    file = tmp_path / "mlflow.db"
    other(file, kind, empty_mlflow)
    before = file.read_bytes()
    for way in ways_to_read(f"sqlite:///{file}"):
        with pytest.raises(SourceError, match=SAID[kind]):
            way()
    assert file.read_bytes() == before


def test_database_without_an_answer_is_one_sentence():
    with pytest.raises(DatabaseError, match=r"^postgresql://nowhere\.invalid/mlflow cannot be opened"):
        check("postgresql://ann:secret@nowhere.invalid/mlflow")


@pytest.fixture
def clone(tmp_path, empty_mlflow):
    """A clone, in a folder whose name needs escaping, with one version in Production whose files lie in mlartifacts."""
    root = tmp_path / "my clone é"
    root.mkdir()
    shutil.copy(empty_mlflow, root / "mlflow.db")
    home = root / database.ARTIFACTS
    client = MlflowClient(f"sqlite:///{root}/mlflow.db", f"sqlite:///{root}/mlflow.db")
    run = client.create_run(client.create_experiment("islr", artifact_location=home.as_uri()))
    client.log_text(run.info.run_id, "a model", "model/model.tflite")
    client.create_registered_model(NAME)
    client.create_model_version(NAME, f"{run.info.artifact_uri}/model", run_id=run.info.run_id)
    client.set_registered_model_alias(NAME, "production", "1")
    return root


def served(root: Path, monkeypatch) -> str:
    """What a reader in a clone downloads as Production."""
    monkeypatch.setattr(versions, "ROOT", root)
    source = RegistrySource(f"sqlite:///{root}/mlflow.db", NAME)
    folder = source.fetch(source.current())
    said = next(folder.rglob("model.tflite")).read_text()
    source.forget(())
    return said


def places(root: Path) -> set[str]:
    """All places of artifacts in a clone's database, down to `mlartifacts`."""
    with sqlite3.connect(root / "mlflow.db") as made:
        rows = [
            row[0]
            for table, field in database.PLACES.items()
            for row in made.execute(f"SELECT {field} FROM {table} WHERE {field} LIKE '%mlartifacts%'")  # noqa: S608
        ]
    return {row.split(database.ARTIFACTS)[0] for row in rows}


def test_moved_clone_finds_its_artifacts(clone, monkeypatch, caplog):
    moved = clone.rename(clone.with_name("renamed"))
    assert served(moved, monkeypatch) == "a model"
    assert places(moved) == {f"{moved.as_uri()}/"}
    assert f"in {moved}/mlartifacts now" in caplog.text
    caplog.clear()
    assert served(moved, monkeypatch) == "a model"
    assert not caplog.text


def test_copy_of_a_clone_has_its_own(clone, monkeypatch):
    copy = clone.with_name("copy")
    shutil.copytree(clone, copy)
    assert served(copy, monkeypatch) == "a model"
    assert places(copy) == {f"{copy.as_uri()}/"}
    assert places(clone) == {f"{clone.as_uri()}/"}


def test_artifacts_elsewhere_stay_there(clone, monkeypatch, tmp_path):
    """As with MLFLOW_DEFAULT_ARTIFACT_ROOT, or a database that several clones share."""
    elsewhere = tmp_path / "big" / database.ARTIFACTS
    shutil.move(clone / database.ARTIFACTS, elsewhere)
    uri = f"sqlite:///{clone}/mlflow.db"
    with sqlite3.connect(clone / "mlflow.db") as made:
        for table, field in database.PLACES.items():
            made.execute(
                f"UPDATE {table} SET {field} = replace({field}, ?, ?)",  # noqa: S608
                ((clone / database.ARTIFACTS).as_uri(), elsewhere.as_uri()),
            )
    (clone / database.ARTIFACTS).mkdir()
    database.bring_home(uri, clone)
    assert places(clone) == {f"{elsewhere.parent.as_uri()}/"}
    other = tmp_path / "other"
    (other / database.ARTIFACTS).mkdir(parents=True)
    database.bring_home(uri, other)
    assert places(clone) == {f"{elsewhere.parent.as_uri()}/"}


def test_read_only_database_is_left_with_a_warning(clone, monkeypatch, caplog):
    moved = clone.rename(clone.with_name("renamed"))
    monkeypatch.setattr(database, "file_of", lambda uri: moved / "mlflow.db")
    database.bring_home(f"sqlite:///file:{moved}/mlflow.db?mode=ro&uri=true", moved)
    assert "cannot be brought home" in caplog.text
