"""The fetch stage: its list, one sentence when data is missing, and that it can be interrupted."""

import hashlib
import json
import logging
import os
import pty
import re
import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from stages import fetch, paths
from stages.corpus.drawn import archives
from stages.corpus.drawn.archives import FIRST, SECOND
from tests.conftest import ROOT
from tests.stages.media import make_zip


def test_sample_is_drawn_and_listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(archives, "CAST", archives.CAST[::4])
    fetch.fetch(fetch.Params(source="sample", glosses=2))
    listed = json.loads(paths.ARCHIVES.read_text())
    assert listed["source"] == "sample"
    assert [a["path"] for a in listed["archives"]] == [f"data/raw/{FIRST}", f"data/raw/{SECOND}"]
    for archive in listed["archives"]:
        content = (tmp_path / archive["path"]).read_bytes()
        assert archive["kind"] == "zip"
        assert archive["size"] == len(content)
        assert archive["sha256"] == hashlib.sha256(content).hexdigest()


def test_the_stage_ends_with_one_sentence_when_data_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("fetch:\n  source: wlasl\n  folder: nowhere\n")
    with pytest.raises(SystemExit, match=r"^there is no folder nowhere"):
        fetch.main()


def test_the_stage_says_what_it_listed(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    make_zip(tmp_path / FIRST)
    make_zip(tmp_path / SECOND)
    fetch.fetch(fetch.Params(source="wlasl", folder=tmp_path), tmp_path / "raw")
    assert str(tmp_path / SECOND) in caplog.text


def draw_in_a_process(folder: Path) -> tuple[subprocess.Popen, int]:
    """Run the stage in a process group of its own, at a terminal, and wait until its bar shows that it draws."""
    (folder / "params.yaml").write_text("fetch:\n  source: sample\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "stages.fetch"]
    terminal, its_end = pty.openpty()
    termios.tcsetwinsize(its_end, (24, 80))  # one without columns is shown no bar
    stage = subprocess.Popen(command, cwd=folder, env=environment, stderr=its_end, start_new_session=True)
    os.close(its_end)
    seen = b""
    while not re.search(rb"[1-9]\d*/120", seen):
        more = read(terminal)
        assert more, f"the stage ended before it drew: {seen.decode()}"
        seen += more
    return stage, terminal


def read(terminal: int) -> bytes:
    """What was written since; nothing once all who could write have ended."""
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux says so by an error
        return b""


def rest(terminal: int) -> str:
    said = b"".join(iter(lambda: read(terminal), b""))
    os.close(terminal)
    return said.decode()


def test_ctrl_c_ends_the_drawing_at_once_and_leaves_nothing(tmp_path):
    stage, terminal = draw_in_a_process(tmp_path)
    os.killpg(stage.pid, signal.SIGINT)
    said = rest(terminal)
    assert stage.wait(60) == 130
    assert said.strip().endswith("nothing half-written is left")
    assert "Traceback" not in said
    assert list((tmp_path / "data/raw").iterdir()) == []


def test_a_killed_stage_leaves_no_zip_and_no_process(tmp_path):
    stage, terminal = draw_in_a_process(tmp_path)
    stage.kill()
    rest(terminal)  # ends once the processes that draw have ended too
    stage.wait(60)
    assert not list((tmp_path / "data/raw").glob("*.zip"))
    assert not (tmp_path / "data/raw/archives.json").exists()
