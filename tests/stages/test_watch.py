"""When the watcher runs the pipeline, when it must not, and that it ends."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from stages import register, watch
from stages.tracking.connect import connect
from stages.watching.accuracy import ProductionAccuracy
from stages.watching.alerts import alert
from stages.watching.causes import Cause, LowAccuracy, NewData, Schedule
from stages.watching.loop import StoppedError, UnfitError, Watcher
from stages.watching.memory import Memory
from stages.watching.pipeline import DvcPipeline
from tests.stages import project

MINUTE = 60.0


class Clock:
    def __init__(self):
        self.seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


class Pipeline:
    """Counts its runs; ends each as it is told."""

    def __init__(self, *outcomes):
        self.outcomes, self.runs = list(outcomes), 0

    def run(self):
        self.runs += 1
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


@pytest.fixture
def incoming(tmp_path):
    folder = tmp_path / "incoming"
    folder.mkdir()
    (folder / "wlasl-processed.zip").write_bytes(b"first")
    return folder


@pytest.fixture
def make(tmp_path, incoming):
    clock, told = Clock(), []

    def build(pipeline, *more, data=True, **settings):
        sources = [NewData([incoming], lambda: True), *more] if data else more
        memory = Memory(tmp_path / "watch")
        made = Watcher(sources, pipeline, memory, lambda *a: told.append(a), now=clock, **settings)
        made.clock, made.told = clock, told
        return made

    return build


def hour(watcher, minutes=60):
    """Look every minute; the outcomes that were anything."""
    outcomes = []
    for _ in range(minutes):
        outcomes.append(watcher.look())
        watcher.clock.seconds += MINUTE
    return [o for o in outcomes if o not in ("nothing", "waiting", "busy")]


def test_nothing_new_no_run_in_an_hour(make):
    pipeline = Pipeline()
    assert hour(make(pipeline)) == []
    assert pipeline.runs == 0


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


def test_alerts_reach_command_and_webhook_and_never_fail(tmp_path, monkeypatch, caplog):
    got = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.handle_request, daemon=True).start()
    script = "import os; open('told', 'w').write(os.environ['ISLR_EVENT'] + ' ' + os.environ['ISLR_TEXT'])"
    monkeypatch.chdir(tmp_path)
    alert("failure", "it's broken", f'{sys.executable} -c "{script}"', f"http://127.0.0.1:{server.server_port}/")
    assert (tmp_path / "told").read_text() == "failure it's broken"
    assert got == [{"event": "failure", "text": "it's broken"}]
    server.server_close()
    alert("start", "x", "no-such-command", "http://127.0.0.1:9/")
    assert "alert command failed" in caplog.text
    assert "alert webhook failed" in caplog.text


def test_accuracy_is_measured_on_val_and_newly_labelled_clips(in_project, mlflow_uri, monkeypatch, tmp_path):
    """Once for each version and set of clips."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    measure, memory = ProductionAccuracy(Path(), Path("labelled")), Memory(tmp_path)
    assert measure(memory) is None  # no Production version yet
    register.main([])
    first = measure(memory)
    assert first[1] == "1"
    assert first[3] == 12
    assert connect().get_model_version("pose2gloss", "1").tags["language"] == "drawn"
    connect().set_model_version_tag("pose2gloss", "1", "language", "ASL")
    assert measure(memory) is None  # drawn clips say nothing of a version that knows ASL
    connect().set_model_version_tag("pose2gloss", "1", "language", "drawn")
    assert first[2] > 0.6
    monkeypatch.setattr(measure, "_score", None)  # not scored again
    assert measure(memory) == first
    monkeypatch.undo()
    monkeypatch.chdir(in_project)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    Path("labelled").mkdir()
    clips = [project.clip("wave", i, "val") for i in range(12)]
    lengths = [len(c.landmarks) for c in clips]
    frames = np.concatenate([c.landmarks for c in clips])
    wrong = np.full(12, "never learnt")
    np.savez("labelled/week1.npz", frames=frames, offsets=np.cumsum([0, *lengths]), gloss=wrong, fps=np.full(12, 30.0))
    second = measure(memory)
    assert second[0] != first[0]
    assert second[2] == pytest.approx(first[2] / 2)


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
    (root / "params.yaml").write_text("watch: {threshold: 0, every_s: 0.2, backoff_s: 0.2}\n")
    for command in (["git", "init", "-q"], [python, "-m", "dvc", "init", "-q"], [python, "-m", "dvc", "repro", "-q"]):
        subprocess.run(command, check=True, capture_output=True)
    return root


def test_the_real_thing_on_a_small_pipeline(clone):
    """As a process: a new zip is trained on, a bad one refused, and SIGTERM ends it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "stages.watch"],
        env=os.environ | {"PYTHONPATH": str(Path(watch.__file__).parents[1])},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        _until(lambda: (clone / "data/watch/watch.json").is_file())
        (clone / "data/incoming/new.zip").write_bytes(b"new")
        _until(lambda: len(_runs(clone)) == 1)
        assert _runs(clone)[0]["outcome"] == "success"
        assert "new.zip" in (clone / "data/model.txt").read_text()
        (clone / "data/incoming/bad.zip").write_bytes(b"bad")
        _until(lambda: len(_runs(clone)) == 2)
        assert _runs(clone)[1]["outcome"] == "refused"
        assert "bad" not in (clone / "data/model.txt").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
    assert process.returncode == 0, said
    assert "ended" in said


def test_stop_ends_a_run_and_its_stages(clone):
    (clone / "fetch.py").write_text("import time, os\nopen('pid', 'w').write(str(os.getpid()))\ntime.sleep(300)\n")
    stop = threading.Event()
    pipeline = DvcPipeline(clone, clone / "data/watch/runs.log", stop)
    failed = []

    def run():
        try:
            pipeline.run()
        except StoppedError:
            failed.append("stopped")

    thread = threading.Thread(target=run)
    thread.start()
    _until(lambda: (clone / "pid").is_file() and (clone / "pid").read_text())
    stop.set()
    thread.join(60)
    assert failed == ["stopped"]
    pid = int((clone / "pid").read_text())
    _until(lambda: not Path(f"/proc/{pid}").exists() or "Z" in Path(f"/proc/{pid}/stat").read_text().split()[2])


def test_data_that_a_pointer_names_is_fetched_and_nothing_is_turned_back(small_clone, tmp_path):
    """As after `git pull`: the pointer is new and its data only in the remote, the file beside it is the old one."""
    clone = small_clone.copy(tmp_path)
    data, pointer = (clone.root / "data" / "incoming" / name for name in ("more.npz", "more.npz.dvc"))
    for content in (b"old", b"new data"):
        data.write_bytes(content)
        clone.run("dvc", "add", "-q", str(data))
        clone.commit("More data")
    clone.run("dvc", "push", "-q", str(pointer))
    named, checksum = pointer.read_text(), hashlib.md5(b"new data").hexdigest()  # noqa: S324
    (clone.root / ".dvc" / "cache" / "files" / "md5" / checksum[:2] / checksum[2:]).unlink()
    data.unlink()
    data.write_bytes(b"old")
    pipeline = DvcPipeline(clone.root, tmp_path / "runs.log", threading.Event(), [data.parent])
    assert pipeline.run() is None, pipeline.log_file.read_text()
    assert (data.read_bytes(), pointer.read_text()) == (b"new data", named)
    data.unlink()
    data.write_bytes(b"newer, and not added")
    assert "`dvc add` it" in pipeline.run()
    assert data.read_bytes() == b"newer, and not added"


def _runs(clone):
    return json.loads((clone / "data/watch/watch.json").read_text())["runs"]


def _until(true, seconds=90):
    for _ in range(seconds * 10):
        if true():
            return
        time.sleep(0.1)
    pytest.fail(f"not so after {seconds} s")
