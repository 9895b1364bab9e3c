"""What tests of the stages share."""

import shutil
from pathlib import Path

import pytest


@pytest.fixture
def in_project(finished_project, tmp_path, monkeypatch) -> Path:
    """The current folder is a copy of the finished project."""
    folder = tmp_path / "project"
    shutil.copytree(finished_project, folder)
    monkeypatch.chdir(folder)
    return folder
