"""The loop runs once for a cause, backs off after failures and outlives what fails."""

import threading

import pytest

from stages.watching.causes import Cause
from stages.watching.loop import StoppedError, UnfitError, Watcher
from stages.watching.memory import Memory
from tests.stages.watching.pretend import MINUTE, Pipeline, hour


def test_nothing_new_no_run_in_an_hour(make):
    pipeline = Pipeline()
    assert hour(make(pipeline)) == []
    assert pipeline.runs == 0


def test_failing_pipeline_backs_off_then_gives_up(make, incoming):
    pipeline = Pipeline(*["stage train failed"] * 9)
    watcher = make(pipeline, attempts=3, backoff_s=600)
    hour(watcher, 2)
    (incoming / "more.zip").write_bytes(b"more")
    began = watcher.clock.seconds
    starts = []
    for _ in range(600):
        if watcher.look() == "failure":
            starts.append((watcher.clock.seconds - began) / MINUTE)
        watcher.clock.seconds += MINUTE
    assert len(starts) == 3
    assert starts[1] - starts[0] == pytest.approx(10, abs=1)
    assert starts[2] - starts[1] == pytest.approx(20, abs=1)
    assert watcher.told[-1] == ("failure", "data added: more.zip: stage train failed")
    (incoming / "more.zip").write_bytes(b"mended")
    pipeline.outcomes.clear()
    assert hour(watcher, 60) == ["success"]


def test_unfit_data_is_refused_once(make, incoming):
    pipeline = Pipeline(UnfitError("did not pass validate"))
    watcher = make(pipeline)
    hour(watcher, 2)
    (incoming / "bad.zip").write_bytes(b"bad")
    assert hour(watcher) == ["refused"]
    assert watcher.told[-1] == ("refused", "data added: bad.zip: did not pass validate")


def test_two_watchers_one_run(tmp_path, incoming):
    began, release = threading.Event(), threading.Event()

    class Slow(Pipeline):
        def run(self):
            began.set()
            release.wait(10)
            return super().run()

    pipelines = [Slow(), Slow()]
    watchers = [Watcher([_same], p, Memory(tmp_path / "watch"), lambda *_: None) for p in pipelines]
    thread = threading.Thread(target=watchers[0].look)
    thread.start()
    assert began.wait(10)
    assert watchers[1].look() == "busy"
    release.set()
    thread.join()
    assert watchers[1].look() == "nothing"
    assert [p.runs for p in pipelines] == [1, 0]


def _same(memory, now):
    return Cause("same", "the same cause")


def test_a_look_that_fails_does_not_end_the_watch(tmp_path, caplog):
    stop, looks = threading.Event(), []

    def source(memory, now):
        looks.append(1)
        if len(looks) == 3:
            stop.set()
        raise ConnectionError("registry gone")

    Watcher([source], Pipeline(), Memory(tmp_path), lambda *_: None).watch(0.01, stop)
    assert len(looks) == 3
    assert "registry gone" in caplog.text


def test_stopped_run_is_taken_up_again(tmp_path):
    memory = Memory(tmp_path)
    stop = threading.Event()
    Watcher([_same], Pipeline(StoppedError()), memory, lambda *_: None).watch(0.01, stop)
    pipeline = Pipeline()
    assert Watcher([_same], pipeline, Memory(tmp_path), lambda *_: None).look() == "success"
