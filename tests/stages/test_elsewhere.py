"""Every `python -m stages.…` in a folder that is no clone: one sentence, and nothing written there."""

import importlib
import sys
from pathlib import Path

import pytest

import stages

FOLDER = Path(stages.__file__).parent
COMMANDS = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts)
    for path in FOLDER.rglob("*.py")
    if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    and path.stem != "taught"  # reads and writes what it is told, wherever that is
)
ARGUMENTS = {"stages.train": "gislr", "stages.preset": "sample", "stages.delivery.comment": "HEAD --to out"}


def test_all_commands_are_known():
    assert {"stages.fetch", "stages.register", "stages.watch", "stages.delivery.lock"} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_another_folder_is_one_sentence(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(sys, "argv", [command, *ARGUMENTS.get(command, "").split()])
    monkeypatch.setattr("signal.signal", lambda *_: None)  # those of the test's own process stay
    with pytest.raises(SystemExit, match="run from the repository's root"):
        importlib.import_module(command).main()
    assert list(tmp_path.iterdir()) == []
