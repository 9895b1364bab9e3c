"""The engine finishes every clip, or says why not, whatever happens to its workers."""

import functools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from distributed import Future, KilledWorker

from stages.pose import task
from stages.pose.engine import EngineError, EngineSettings, Job, extract_all, pack_code
from stages.pose.extractor import ExtractorSettings
from stages.pose.task import extract_clip

SETTINGS = ExtractorSettings()


def scripted(data: bytes, settings: ExtractorSettings, fingerprint: str, timeout_s: float) -> tuple:
    """Does on a worker what the "clip" says."""
    order, _, argument = data.decode().partition(" ")
    if order == "frames":
        return np.full((int(argument), 180, 3), int(argument), np.float16), ""
    if order == "refuse":
        return None, argument
    if order == "raise":
        raise KeyError(argument)
    if order == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "die-once" and not Path(argument).exists():
        Path(argument).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    if order == "hang":
        with mock.patch.object(task, "decode", return_value=stuck()):
            return extract_clip(data, settings, fingerprint, 1.0)
    return np.zeros((1, 180, 3), np.float16), ""


def stuck():
    """A decoder that never comes back."""
    time.sleep(3600)
    yield


def unreadable() -> bytes:
    raise OSError("the disk is gone")


def job(name: str, order: str) -> Job:
    return Job(name, name, functools.partial(bytes, order.encode()))


@pytest.mark.timeout(180)
def test_every_clip_gets_its_outcome() -> None:
    good = [job(f"good{n}", f"frames {n}") for n in range(1, 13)]
    bad = [
        job("refused", "refuse no frame"),
        job("raising", "raise wrong"),
        job("killer", "die"),
        job("hanging", "hang"),
        Job("lost", "lost", unreadable),
    ]
    jobs = [*good[:4], *bad, *good[4:]]
    outcomes = list(extract_all(jobs, SETTINGS, EngineSettings(workers=2), scripted))
    found = {o.job.name: o for o in outcomes}
    assert len(outcomes) == len(found) == len(jobs)
    for n in range(1, 13):
        assert found[f"good{n}"].landmarks.shape == (n, 180, 3)
        assert (found[f"good{n}"].landmarks == n).all()
    problems = {name: found[name].problem for name in ("refused", "raising", "killer", "hanging", "lost")}
    assert problems["refused"] == "no frame"
    assert "wrong" in problems["raising"]
    assert "twice" in problems["killer"]
    assert "twice" in problems["hanging"]
    assert problems["lost"] == "the disk is gone"


@pytest.mark.timeout(180)
def test_a_clip_that_lost_its_worker_once_is_tried_again(tmp_path: Path) -> None:
    # alone with good clips: near another killer it could lose two workers, one of them through no fault of its own
    jobs = [job("good1", "frames 1"), job("unlucky", f"die-once {tmp_path / 'died'}"), job("good2", "frames 2")]
    outcomes = list(extract_all(jobs, SETTINGS, EngineSettings(workers=2), scripted))
    assert {o.job.name for o in outcomes if o.landmarks is not None} == {"good1", "unlucky", "good2"}


@pytest.mark.timeout(180)
def test_a_finished_clip_that_is_lost_with_its_worker_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    fetch, lost = Future.result, []

    def result(future: Future, timeout: float | None = None) -> tuple:
        if not lost:
            lost.append(future.key)
            raise KilledWorker(future.key, mock.Mock(address="tcp://127.0.0.1:1"), allowed_failures=0)
        return fetch(future, timeout)

    monkeypatch.setattr(Future, "result", result)
    jobs = [job("first", "frames 1"), job("second", "frames 2")]
    outcomes = list(extract_all(jobs, SETTINGS, EngineSettings(workers=1), scripted))
    assert lost
    assert sorted((o.job.name, len(o.landmarks)) for o in outcomes) == [("first", 1), ("second", 2)]


def test_no_scheduler_says_so() -> None:
    engine = EngineSettings(scheduler="tcp://127.0.0.1:9", idle_timeout_s=1)
    with pytest.raises(EngineError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        list(extract_all([job("a", "frames 1")], SETTINGS, engine, scripted))


def test_the_code_for_remote_workers_is_whole(tmp_path: Path) -> None:
    pack_code(tmp_path / "code.zip")
    program = "import sys; sys.path.insert(0, 'code.zip'); import stages.pose.task; print(stages.__file__)"
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert "code.zip" in done.stdout
