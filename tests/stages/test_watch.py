"""The watcher as a process: it runs the pipeline for new data, refuses bad data, and ends."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from stages import watch
from tests.stages.watching.pretend import until


def test_the_real_thing_on_a_small_pipeline(clone):
    """As a process: a new zip is trained on, a bad one refused, and SIGTERM ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.watch"],
        env=os.environ | {"PYTHONPATH": str(Path(watch.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        until(lambda: (clone / "data/watch/watch.json").is_file())
        (clone / "data/incoming/new.zip").write_bytes(b"new")
        until(lambda: len(_runs(clone)) == 1)
        assert _runs(clone)[0]["outcome"] == "success"
        assert "new.zip" in (clone / "data/model.txt").read_text()
        (clone / "data/incoming/bad.zip").write_bytes(b"bad")
        until(lambda: len(_runs(clone)) == 2)
        assert _runs(clone)[1]["outcome"] == "refused"
        assert "bad" not in (clone / "data/model.txt").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert "ended" in said


def _runs(clone):
    return json.loads((clone / "data/watch/watch.json").read_text())["runs"]
