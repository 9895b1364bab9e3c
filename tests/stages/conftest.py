"""What tests of the stages share."""

import shutil
from pathlib import Path

import pytest

from stages.tracking.connect import connect


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
