"""What makes a watcher run the pipeline, and what does not."""

import os

from stages.watching.causes import LowAccuracy, NewData, Schedule
from tests.stages.watching.pretend import Pipeline, hour


def test_new_zip_makes_exactly_one_run(make, incoming):
    pipeline = Pipeline()
    watcher = make(pipeline)
    hour(watcher, 3)
    (incoming / "more.zip").write_bytes(b"more")
    assert hour(watcher) == ["success"]
    assert pipeline.runs == 1
    assert watcher.memory.runs[0]["why"] == "data added: more.zip"
    assert [event for event, _ in watcher.told] == ["start", "success"]
    again = make(pipeline)  # after a restart
    assert hour(again) == []


def test_data_that_came_before_the_first_watch_is_used(make, incoming):
    pipeline = Pipeline()
    watcher = make(pipeline, NewData([incoming], lambda: False), data=False)
    assert hour(watcher, 5) == ["success"]


def test_a_copy_under_way_waits_and_a_touched_file_is_nothing(make, incoming):
    pipeline = Pipeline()
    watcher = make(pipeline)
    watcher.look()
    for size in (10, 20, 30):
        (incoming / "more.zip").write_bytes(b"x" * size)
        assert watcher.look() == "nothing"
    assert watcher.look() == "success"
    os.utime(incoming / "more.zip", (1, 1))
    assert hour(watcher) == []
    assert pipeline.runs == 1


def test_back_to_older_data_is_a_change_too(make, incoming):
    pipeline = Pipeline()
    watcher = make(pipeline)
    hour(watcher, 2)
    for content in (b"second", b"first", b"second"):
        (incoming / "wlasl-processed.zip").write_bytes(content)
        assert hour(watcher, 5) == ["success"]
    assert pipeline.runs == 3


def test_pointers_and_landmark_files_count_other_files_do_not(make, incoming):
    watcher = make(Pipeline())
    hour(watcher, 2)
    (incoming / "notes.txt").write_text("hello")
    assert hour(watcher, 5) == []
    (incoming / "clips.npz").write_bytes(b"npz")
    (incoming / "big.zip.dvc").write_text("outs: []")
    assert hour(watcher, 5) == ["success"]
    assert watcher.memory.runs[0]["why"] == "data added: big.zip.dvc, clips.npz"


def test_low_accuracy_runs_once_for_the_same_clips_however_many_versions_come_of_it(make):
    measured = {"now": ("clips1", "1", 0.55, 100)}
    pipeline = Pipeline()
    watcher = make(pipeline, LowAccuracy(lambda _: measured["now"], 0.60, 30), data=False)
    assert hour(watcher) == ["success"]
    assert "version 1 is right on 55.0% of 100 clips, less than 60%" in watcher.memory.runs[0]["why"]
    for version in "2345":
        measured["now"] = ("clips1", version, 0.55, 100)
        assert hour(watcher) == []
    measured["now"] = ("clips2", "5", 0.55, 100)
    assert hour(watcher) == ["success"]
    for fine in (("clips3", "5", 0.6, 100), ("clips4", "5", 0.2, 29), None):
        measured["now"] = fine
        assert hour(watcher, 3) == []


def test_schedule(make):
    watcher = make(Pipeline(), Schedule(6), data=False)
    assert len(hour(watcher, 60 * 20)) == 3
    assert hour(make(Pipeline(), Schedule(6), data=False), 60) == []
