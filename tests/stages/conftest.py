"""What tests of the stages share."""

import json
import logging
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stages import split
from stages.tracking.connect import connect
from tests.stages.validation import Bench


@pytest.fixture
def in_project(finished_project, tmp_path, monkeypatch) -> Path:
    """The current folder is a copy of the finished project."""
    folder = tmp_path / "project"
    shutil.copytree(finished_project, folder)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def tracked(in_project, mlflow_uri, monkeypatch, tmp_path):
    """A finished project with an MLflow database of its own."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    monkeypatch.delenv("DVC_EXP_NAME", raising=False)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    return connect()


@pytest.fixture
def story(tracked):
    """Versions can be made from the good export that lies beside."""
    shutil.copytree("data/export", "data/export-good")
    return tracked


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A clone with a pipeline of two stages that take no time."""
    root = tmp_path / "clone"
    (root / "data" / "incoming").mkdir(parents=True)
    (root / "reports").mkdir()
    (root / "data" / "incoming" / ".gitkeep").touch()
    python = sys.executable
    stages = {
        "fetch": {"cmd": f"{python} fetch.py", "deps": ["data/incoming", "fetch.py"], "outs": ["data/raw.txt"]},
        "validate": {"cmd": f"{python} validate.py", "deps": ["data/raw.txt"], "metrics": ["reports/validation.json"]},
        "train": {"cmd": f"{python} train.py", "deps": ["data/raw.txt"], "outs": ["data/model.txt"]},
    }
    (root / "dvc.yaml").write_text(json.dumps({"stages": stages}))
    (root / "fetch.py").write_text(
        "import os\nopen('data/raw.txt', 'w').write(' '.join(sorted(os.listdir('data/incoming'))))\n"
    )
    (root / "validate.py").write_text(
        "import json\nbad = 'bad' in open('data/raw.txt').read()\n"
        "open('reports/validation.json', 'w').write(json.dumps({'passed': not bad}))\nraise SystemExit(bad)\n"
    )
    (root / "train.py").write_text("import shutil\nshutil.copy('data/raw.txt', 'data/model.txt')\n")
    monkeypatch.chdir(root)
    monkeypatch.setenv("DVC_NO_ANALYTICS", "1")
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (root / "params.yaml").write_text("watch: {threshold: 0}\n")
    for command in (["git", "init", "-q"], [python, "-m", "dvc", "init", "-q"], [python, "-m", "dvc", "repro", "-q"]):
        subprocess.run(command, check=True, capture_output=True)
    return root


@pytest.fixture
def run_split(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)

    def start(manifest, valid, params=""):
        (tmp_path / "data").mkdir(exist_ok=True)
        manifest.to_parquet(tmp_path / "data" / "manifest.parquet")
        valid.to_parquet(tmp_path / "data" / "valid.parquet")
        (tmp_path / "params.yaml").write_text(f"split:\n  seed: 0\n{params}")
        with caplog.at_level(logging.INFO):
            split.main()
        return tmp_path

    return start


@pytest.fixture
def bench(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, caplog)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path
