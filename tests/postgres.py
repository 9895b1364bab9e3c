"""A real PostgreSQL of a test's own, where this machine has its programs."""

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ACCOUNT = "nobody"  # PostgreSQL does not run as root


def programs() -> Path:
    """The folder of initdb and pg_ctl; skips the test where there is none."""
    pytest.importorskip("psycopg2", reason="no driver of PostgreSQL: uv sync --group team")
    places = [Path(found).resolve().parent for name in ("initdb",) if (found := shutil.which(name))]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if not places:
        pytest.skip("no PostgreSQL on this machine: apt-get install postgresql")
    return places[0]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of a server with two empty databases, `mlflow` and `optuna`; it ends with the tests."""
    bin_, port = programs(), free_port()
    with tempfile.TemporaryDirectory(prefix="postgres-", ignore_cleanup_errors=True) as place:  # not in pytest's own,
        yield from serve(bin_, Path(place), port)  # whose folders root alone may enter


def serve(bin_: Path, folder: Path, port: int) -> Iterator[str]:
    """Start a server in a folder; give its address; end it."""
    account = {"user": ACCOUNT} if os.geteuid() == 0 else {}
    if account:
        shutil.chown(folder, ACCOUNT)
    run = lambda *command: subprocess.run(  # noqa: E731
        command, check=True, cwd=folder, stdout=subprocess.DEVNULL, timeout=300, **account
    )
    run(bin_ / "initdb", "-D", folder / "data", "-U", "islr", "--auth=trust", "--no-sync")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run(bin_ / "pg_ctl", "-D", folder / "data", "-o", options, "-l", folder / "log", "-w", "-t", "120", "start")
    try:
        import psycopg2

        with contextlib.closing(psycopg2.connect(host="127.0.0.1", port=port, user="islr", dbname="postgres")) as base:
            base.autocommit = True
            for name in ("mlflow", "optuna"):  # each has a table `alembic_version` of its own
                base.cursor().execute(f"CREATE DATABASE {name}")
        yield f"postgresql+psycopg2://islr@127.0.0.1:{port}"
    finally:
        run(bin_ / "pg_ctl", "-D", folder / "data", "-m", "fast", "-t", "120", "stop")
