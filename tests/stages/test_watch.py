"""A look of the watch: it runs the pipeline for new data alone, says what came of it, and tells the rest."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stages import watch
from stages.watch import Params, Watch
from stages.watching.pipeline import DvcPipeline


@pytest.fixture
def look(clone, monkeypatch):
    """Look once; the alerts are in `look.told`."""
    monkeypatch.chdir(clone)
    told: list[tuple[str, str]] = []

    def once(**params) -> str:
        watched = Watch(Params(**({"threshold": 0} | params)), clone)
        watched.tell = lambda event, text: told.append((event, text))
        return watched.look()

    once.told = told
    return once


def arrive(clone: Path, name: str, content: bytes = b"new", minutes: float = 5) -> None:
    """Put a file there that was last written so many minutes ago."""
    file = clone / "data" / "incoming" / name
    file.write_bytes(content)
    then = time.time() - 60 * minutes
    os.utime(file, (then, then))


def test_new_data_is_trained_on_once(clone, look):
    assert look() == "nothing"
    arrive(clone, "new.zip")
    assert look() == "success"
    assert "new.zip" in (clone / "data/model.txt").read_text()
    assert [event for event, _ in look.told] == ["start", "success"]
    assert look() == "nothing"
    runs = json.loads((clone / "data/watch/watch.json").read_text())["runs"]
    assert [run["outcome"] for run in runs] == ["success"]


def test_a_copy_that_is_under_way_is_waited_for(clone, look):
    arrive(clone, "new.zip", minutes=0)
    assert look() == "waiting"
    assert look.told == []


def test_what_git_and_dvc_brought_is_not_waited_for(clone, look):
    """As in a fresh clone, where every file is new."""
    arrive(clone, "new.zip.dvc", minutes=0)
    assert DvcPipeline(clone, clone / "log", [clone / "data/incoming"]).copied() == []
    arrive(clone, "new.zip", minutes=0)
    arrive(clone, "other.zip", minutes=0)
    assert [p.name for p in DvcPipeline(clone, clone / "log", [clone / "data/incoming"]).copied()] == ["other.zip"]


def test_bad_data_is_refused_and_not_tried_again(clone, look):
    arrive(clone, "bad.zip")
    assert look() == "refused"
    assert "did not pass validate" in look.told[-1][1]
    assert "bad" not in (clone / "data/model.txt").read_text()
    assert look() == "waiting"
    (clone / "data/incoming/bad.zip").unlink()
    arrive(clone, "good.zip")
    assert look() == "success"


def test_a_run_that_changes_nothing_says_so(clone, look):
    """As when only code that makes no difference has changed: DVC runs it, and the same comes out."""
    code = clone / "fetch.py"
    code.write_text(code.read_text() + "# a remark\n")
    assert look() == "success"  # dvc.lock names the new code
    (clone / "data/raw.txt").unlink()  # gone, and found in the cache again
    assert look() == "unchanged"
    assert look.told[-1][0] == "unchanged"
    assert "changed nothing" in look.told[-1][1]


def test_low_accuracy_alerts_once_for_a_version_and_trains_nothing(clone, look, monkeypatch):
    found = {"accuracy": 0.4}
    monkeypatch.setattr(watch, "ProductionAccuracy", lambda root, labelled: lambda memory: ("3", found["accuracy"], 40))
    assert look(threshold=0.6) == "nothing"
    assert [event for event, _ in look.told] == ["accuracy"]
    assert "version 3 is right on 40.0% of 40 clips, less than 60%" in look.told[0][1]
    assert look(threshold=0.6) == "nothing"
    found["accuracy"] = 0.7
    assert look(threshold=0.6) == "nothing"
    assert len(look.told) == 1
    assert look(threshold=0.8, at_least=41) == "nothing"
    assert len(look.told) == 1


def test_two_looks_at_once_make_one_run(clone, look):
    other = Watch(Params(threshold=0), clone)
    arrive(clone, "new.zip")
    with other.memory.hold() as alone:
        assert alone
        assert look() == "busy"
    assert look() == "success"


def test_a_run_that_is_ended_takes_its_stages_with_it(clone):
    (clone / "fetch.py").write_text("import time, os\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(300)\n")
    environment = os.environ | {"PYTHONPATH": str(Path(watch.__file__).parents[1])}
    command = [sys.executable, "-m", "stages.watch"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    try:
        until(lambda: (clone / "pid").is_file() and (clone / "pid").read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=120)[1]
    assert process.returncode == 130, said
    assert "the next look takes the data up again" in said
    pid = int((clone / "pid").read_text())
    until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def until(true, seconds=90):
    """Wait for something to be so, or fail."""
    for _ in range(seconds * 10):
        if true():
            return
        time.sleep(0.1)
    pytest.fail(f"not so after {seconds} s")
