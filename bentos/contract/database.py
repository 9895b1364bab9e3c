"""MLflow's database before MLflow opens it, which would make one that is missing and migrate one that is old."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from sqlalchemy import Engine

ARTIFACTS = "mlartifacts"  # in the repository's root, where no other place is set
PLACES = {  # where MLflow keeps the absolute place of an artifact
    "experiments": "artifact_location",
    "runs": "artifact_uri",
    "logged_models": "artifact_location",
    "model_versions": "storage_location",
}

log = logging.getLogger(__name__)


class DatabaseError(Exception):
    """MLflow's database cannot be used; the message says why, and what to do."""


def file_of(uri: str) -> Path | None:
    """The file of an SQLite address; None for every other one, and for a database in memory."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(uri)
    except ArgumentError:  # no address of a database: MLflow says so itself
        return None
    if url.get_backend_name() != "sqlite" or url.database in (None, "", ":memory:"):
        return None
    return Path(str(url.database).removeprefix("file:"))


def without_password(uri: str) -> str:
    """An address without the user and password it may hold."""
    scheme, mark, rest = uri.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"


def check(uri: str, fresh: bool = False) -> None:
    """Look whether a database is there and of this MLflow's version; MLflow itself would make or migrate it.

    Args:
        uri: of the database; a server (`http://…`) answers for itself.
        fresh: whether an empty one is right as well.

    Raises:
        DatabaseError: it is not there, is empty, cannot be opened, or is of an older or newer version.
    """
    if uri.startswith(("http://", "https://", "databricks")):
        return
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    file, name = file_of(uri), without_password(uri)
    if file is not None and not file.is_file():
        raise DatabaseError(f"there is no database {file} yet: `dvc repro` makes it")
    try:
        engine = create_engine(uri)
        found = _revision(engine)
        engine.dispose()
    except (SQLAlchemyError, ImportError) as error:
        raise DatabaseError(f"{name} cannot be opened as a database of MLflow: {str(error).splitlines()[0]}") from error
    known, latest = _revisions()
    if found == latest or (found is None and fresh):
        return
    if found is None:
        raise DatabaseError(f"{name} is no database of MLflow yet: `dvc repro` makes it one")
    if found in known:
        raise DatabaseError(
            f"{name} was made by an older MLflow (schema {found}, this one needs {latest}): "
            f"make a copy of it, then run `mlflow db upgrade {name}`"
        )
    raise DatabaseError(
        f"{name} was made by another or a newer MLflow (schema {found}, this one knows up to {latest}): "
        "update this environment with `uv sync`, or name another database in MLFLOW_TRACKING_URI"
    )


def _revision(engine: "Engine") -> str | None:
    from alembic.migration import MigrationContext

    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _revisions() -> tuple[set[str], str | None]:
    """All versions of the schema that this MLflow knows, and the latest."""
    import mlflow.store
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(Path(mlflow.store.__file__).parent / "db_migrations"))
    return {script.revision for script in scripts.walk_revisions()}, scripts.get_current_head()


def bring_home(uri: str, root: Path) -> None:
    """Let the database of a clone that was moved, renamed or copied find its artifacts where they are now.

    Args:
        uri: of the database; only one that lies in the clone itself is looked at.
        root: of the clone.
    """
    file, home = file_of(uri), root / ARTIFACTS
    if file is None or file.resolve().parent != root.resolve() or not home.is_dir():
        return
    from sqlalchemy import column, create_engine, func, literal, or_, select, table, update
    from sqlalchemy.exc import OperationalError

    tables = [(table(name, column(field)), field) for name, field in PLACES.items()]
    experiments, location = tables[0]
    engine, new = create_engine(uri), home.as_uri()
    try:
        with engine.begin() as connection:
            for old in set(connection.scalars(select(experiments.c[location]))):
                if not _left(old, home):
                    continue
                log.warning("MLflow finds artifacts that were in %s in %s now, where this clone is", _path(old), home)
                for where, field in tables:
                    place = where.c[field]
                    moved = literal(new) + func.substr(place, len(old) + 1)
                    under = or_(place == old, place.startswith(f"{old}/", autoescape=True))
                    connection.execute(update(where).where(under).values({field: moved}))
    except OperationalError as error:  # somebody else writes, or this process may not
        log.warning("artifacts of a clone that was moved cannot be brought home: %s", error.orig)
    finally:
        engine.dispose()


def _path(location: str) -> Path:
    return Path(unquote(urlsplit(location).path))


def _left(location: str | None, home: Path) -> bool:
    """Whether artifacts are looked for in the folder that this clone, or the one it was copied from, had before."""
    if not location or urlsplit(location).scheme not in ("", "file"):
        return False
    path = _path(location)
    if path.name != ARTIFACTS or path == home:
        return False
    return not path.is_dir() or (path.parent / "mlflow.db").is_file()
