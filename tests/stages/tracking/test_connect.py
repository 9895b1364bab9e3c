"""Where MLflow is, also in a copy of the clone, and that one process makes its database."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bentos.contract import database
from stages.start import StageError
from stages.tracking import connect, runs


def test_root_is_the_main_clone_also_in_a_copy_of_dvc(tmp_path, monkeypatch):
    copy = tmp_path / ".dvc" / "tmp" / "exps" / "standalone" / "tmp123"
    (copy / ".dvc").mkdir(parents=True)
    (copy / "data").mkdir()
    assert connect.repository_root(copy / "data") == tmp_path
    monkeypatch.chdir(copy)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert connect.tracking_uri() == f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setenv("DVC_ROOT", "/elsewhere")
    assert connect.repository_root() == Path("/elsewhere")


@pytest.mark.parametrize("uri", ["mlruns", "file:///tmp/mlruns"])
def test_file_store_is_refused_with_the_way_out(uri):
    with pytest.raises(StageError, match="sqlite:///"):
        connect.connect(uri)


def test_experiment_in_a_copy_reaches_the_database_of_the_clone(tmp_path):
    """`dvc exp run --temp` runs a stage in a copy below .dvc/tmp, where a relative address would be lost."""
    root = tmp_path / "clone"
    root.mkdir()
    script = "from stages.tracking.connect import tracking_uri as t\nopen('uri.txt', 'w').write(t())\n"
    stage = {"cmd": f"{sys.executable} where.py", "params": ["a"], "metrics": ["uri.txt"]}
    (root / "dvc.yaml").write_text(json.dumps({"stages": {"where": stage}}))
    (root / "where.py").write_text(script)
    (root / "params.yaml").write_text("a: 1\n")
    env = {name: value for name, value in os.environ.items() if name not in ("MLFLOW_TRACKING_URI", "DVC_ROOT")}
    env |= {"DVC_NO_ANALYTICS": "1", "PYTHONPATH": str(Path(connect.__file__).parents[2])}
    env |= {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}

    def run(*command):
        done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    dvc = (sys.executable, "-m", "dvc")
    for command in (("git", "init", "-q"), (*dvc, "init", "-q"), ("git", "add", "-A"), ("git", "commit", "-qm", "all")):
        run(*command)
    run(*dvc, "exp", "run", "--temp", "--name", "away", "-S", "a=2")
    run(*dvc, "exp", "apply", "away")
    assert (root / "uri.txt").read_text() == f"sqlite:///{root}/mlflow.db"


ROOT = Path(connect.__file__).parents[2]
MAKE = """
import sys
from stages.tracking.connect import connect, experiment_id
from stages.tracking.runs import open_run
open_run(connect(sys.argv[1], make=True), sys.argv[2], "train", {})
"""


def test_of_several_processes_one_makes_the_database_and_nobody_sees_half_of_it(tmp_path):
    file = tmp_path / "new" / "mlflow.db"
    command = [sys.executable, "-c", MAKE, f"sqlite:///{file}"]
    writers = [subprocess.Popen([*command, f"key{i}"], cwd=ROOT, stderr=subprocess.PIPE, text=True) for i in range(3)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        try:
            database.check(f"sqlite:///{file}")
            seen.add("whole")
        except database.DatabaseError as error:
            seen.add(str(error))
        time.sleep(0.01)
    assert [writer.returncode for writer in writers] == [0, 0, 0], writers[0].stderr.read()
    assert seen <= {"whole", f"there is no database {file} yet: `dvc repro` makes it"}
    client = connect.connect(f"sqlite:///{file}")
    assert len(client.search_runs([connect.experiment_id(client)])) == 3
    assert [path.name for path in file.parent.iterdir() if path.is_dir()] == []


def test_those_who_only_read_make_no_database(tmp_path):
    with pytest.raises(database.DatabaseError, match="there is no database"):
        connect.connect(f"sqlite:///{tmp_path}/mlflow.db")
    assert not (tmp_path / "mlflow.db").exists()


def test_training_in_a_clone_that_was_moved_writes_into_the_clone(tmp_path, empty_mlflow, monkeypatch):
    from mlflow.tracking._tracking_service import utils

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.delenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", raising=False)
    old, new = tmp_path / "old", tmp_path / "new"
    (old / ".dvc").mkdir(parents=True)
    shutil.copy(empty_mlflow, old / "mlflow.db")
    monkeypatch.setenv("DVC_ROOT", str(old))
    client = connect.connect()
    client.log_text(runs.open_run(client, "key", "train", {}), "kept", "note.txt")
    old.rename(new)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")  # MLflow sets it
    utils._artifact_repos_cache.clear()  # a process in the moved clone would be a new one
    monkeypatch.setenv("DVC_ROOT", str(new))
    client = connect.connect()
    again = runs.open_run(client, "key", "train", {})
    client.log_text(again, "more", "second.txt")
    assert {Path(f.path).name for f in client.list_artifacts(again)} == {"note.txt", "second.txt"}
    assert not old.exists()


def test_a_stage_that_meets_mlflow_first_for_its_errors_is_quiet_all_the_same(tmp_path):
    program = "from stages.tracking.connect import connect, sentences\nwith sentences(): connect(make=True)"
    environment = os.environ | {"MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}", "PYTHONPATH": str(ROOT)}
    environment.pop("MLFLOW_LOGGING_LEVEL", None)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300
    )
    assert (done.returncode, done.stderr) == (0, "")
