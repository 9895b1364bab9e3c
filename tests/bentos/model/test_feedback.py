"""What the service remembers: nothing by default, nobody's landmarks without consent, never more than allowed."""

import contextlib
import fcntl
import json
import multiprocessing
import os

import numpy as np
import pytest

from bentos import kernel as kernel_module
from bentos.contract import summary
from bentos.http.bodies import MEDIA_TYPES
from bentos.model import feedback as feedback_module
from bentos.model.feedback import EVENTS, MOST_WAITING, OLDER, Feedback
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import client_for
from tests.bentos.live.clients import client_for as live_client
from tests.bentos.live.clients import phrase, send, until

F16 = next(iter(MEDIA_TYPES))
SAID = [{"gloss": "book", "score": 0.81234}, {"gloss": "go", "score": 0.1}]


def events(feedback):
    """What was written, when the writing is over."""
    feedback.close()
    path = feedback.folder / EVENTS
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def given(clip, fps=30.0, aspect=None):
    """A clip as feedback asks for it."""
    return lambda: (clip, fps, aspect)


def test_nothing_is_kept_by_default(clip, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    feedback = Feedback(Settings())
    feedback.sign("predict", "1", given(clip), SAID)
    feedback.correction("1", "go", "book", clip=given(clip))
    assert feedback.mode == "off"
    assert not list(tmp_path.iterdir())


def test_a_sign_becomes_numbers(clip, tmp_path):
    feedback = Feedback(Settings(feedback_dir=tmp_path))
    feedback.sign("predict", "3", given(clip, 30.0, 1.5), SAID)
    (event,) = events(feedback)
    assert (event["model"], event["gloss"], event["score"], event["fps"]) == ("3", "book", 0.81234, 30.0)
    assert event["features"]["right_hand_share"] == 1
    assert event["features"]["left_hand_share"] == 0
    assert set(event["features"]) == set(summary.MEASURED)
    assert len(event["hour"]) == len("2026-01-01T00")  # no closer to who was there
    assert (tmp_path / EVENTS).stat().st_mode & 0o077 == 0


def test_measures_are_those_of_the_training_data(clip):
    """The same function, told the same parts of the skeleton."""
    from bentos.contract.skeleton import PARTS
    from stages.dataset.summaries import summarise
    from stages.pose.store import Clip

    assert summary.PARTS == PARTS
    trained = summarise(Clip("1", "book", "train", "1", "studio", "x", 30.0, 640, 480, clip))
    served = summary.measure(clip, 30.0)
    assert {name: trained[name] for name in served} == pytest.approx(served, nan_ok=True)


def _write(folder, number):
    feedback = Feedback(Settings(feedback_dir=folder, feedback_max_mb=0.05))
    for i in range(150):
        assert feedback.correction(str(number), "book", f"gloss {i}").result(120)
    feedback.close()


def test_processes_share_a_bounded_file_without_mixing_lines(tmp_path):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_write, args=(tmp_path, n)) for n in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [p.exitcode for p in processes] == [0] * 4
    files = [tmp_path / OLDER, tmp_path / EVENTS]
    lines = [json.loads(line) for file in files for line in file.read_text().splitlines()]
    assert sum(file.stat().st_size for file in files) <= 0.05 * 2**20
    assert len(lines) > 100
    for number in "0123":  # the newest lines of each, in order
        mine = [int(line["instead_of"].split()[1]) for line in lines if line["model"] == number]
        assert mine == list(range(mine[0], 150)) if mine else True


def test_landmarks_are_bounded_too(clip, tmp_path):
    feedback = Feedback(Settings(feedback_dir=tmp_path, feedback_landmarks=True, feedback_max_mb=0.1))
    for _ in range(8):
        feedback.correction("1", "go", "book", clip=given(clip))
    kept = [e["landmarks"] for e in events(feedback)]
    assert kept[0] is not None
    assert kept[-1] is None
    assert sum(p.stat().st_size for p in (tmp_path / "landmarks").iterdir()) < 0.1 * 2**20


def test_a_disk_that_fails_is_told_and_told_again_and_fails_nothing(clip, tmp_path, caplog, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    feedback = Feedback(Settings(feedback_dir=tmp_path / "file", feedback_landmarks=True))
    for _ in range(3):
        assert not feedback.correction("1", "go", "book", clip=given(clip)).result(60)
    assert caplog.text.count("feedback is lost") == 1
    monkeypatch.setattr(feedback_module, "WARN_SECONDS", 0.0)  # a while later
    assert not feedback.correction("1", "go", "book").result(60)
    assert caplog.text.count("feedback is lost") == 2
    assert caplog.records[-1].lost == 3


@contextlib.contextmanager
def stalled(folder):
    """A disk that does not answer: somebody else writes, and never ends."""
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def test_nobody_waits_for_a_disk_that_stalls(tiny_model, clip, tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(kernel_module, "KEEP_SECONDS", 0.05)
    client = client_for(FolderSource(tiny_model), Settings(feedback_dir=tmp_path, costly_per_minute=0))
    feedback, body = client.app.state.kernel.feedback, clip.astype("<f2").tobytes()
    with stalled(tmp_path):
        for _ in range(MOST_WAITING + 5):
            assert client.post("/predict", content=body, headers={"content-type": F16}).status_code == 200
        refused = client.post("/feedback", json={"gloss": "fine"})
        assert (refused.status_code, "kept" in refused.json()) == (503, False)
        assert "could not be kept" in refused.json()["error"]
    assert "wait for the disk" in caplog.text
    assert len(events(feedback)) == MOST_WAITING  # what was taken is written in the end


def test_a_correction_that_was_refused_is_not_written_later(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_module, "KEEP_SECONDS", 0.05)
    client = client_for(FolderSource(tiny_model), Settings(feedback_dir=tmp_path, costly_per_minute=0))
    feedback = client.app.state.kernel.feedback
    with stalled(tmp_path):
        feedback.correction("1", "go", "book")  # under way
        assert client.post("/feedback", json={"gloss": "fine"}).status_code == 503
    assert [event["gloss"] for event in events(feedback)] == ["go"]


@pytest.mark.parametrize("left", [b'{"kind": "sig', b"", b'{"kind": "live"}\n', b'{"kind": "live"}\n{"ki'])
def test_a_line_that_was_cut_is_mended(tmp_path, left):
    (tmp_path / EVENTS).write_bytes(left)
    feedback = Feedback(Settings(feedback_dir=tmp_path))
    feedback.correction("1", "go", "book")
    assert [event["kind"] for event in events(feedback)] == ["live"] * left.count(b"\n") + ["correction"]


def test_of_a_line_for_which_there_is_no_room_nothing_stays(tmp_path, monkeypatch):
    feedback = Feedback(Settings(feedback_dir=tmp_path))
    assert feedback.correction("1", "go", "book").result(60)
    whole, pwrite = (tmp_path / EVENTS).read_bytes(), os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda descriptor, line, at: pwrite(descriptor, line[:7], at))
    assert not feedback.correction("1", "go", "book").result(60)
    assert (tmp_path / EVENTS).read_bytes() == whole


def test_kept_landmarks_are_what_the_pipeline_imports(clip, tmp_path):
    from stages.corpus.imported import ImportedLandmarks

    feedback = Feedback(Settings(feedback_dir=tmp_path, feedback_landmarks=True))
    feedback.correction("1", "go", "book", clip=given(clip, 25.0, 1.5))
    (event,) = events(feedback)
    path = tmp_path / "landmarks" / event["landmarks"]
    ImportedLandmarks(path).close()
    with np.load(path, allow_pickle=False) as arrays:
        assert arrays["gloss"].tolist() == ["go"]
        np.testing.assert_allclose(arrays["frames"].astype(np.float32), clip, atol=1e-3)
    assert [p.suffix for p in (tmp_path / "landmarks").iterdir()] == [".npz"]


def test_predict_and_feedback_over_http(tiny_model, clip, tmp_path):
    settings = Settings(feedback_dir=tmp_path, costly_per_minute=0)
    client = client_for(FolderSource(tiny_model, {"version": "7"}), settings)
    assert client.get("/metadata").json()["feedback"] == "summaries"
    answer = client.post("/predict?fps=30", content=clip.astype("<f2").tobytes(), headers={"content-type": F16})
    best = answer.json()["predictions"][0]
    right = {"gloss": "fine", "instead_of": best["gloss"], "score": best["score"]}
    assert client.post("/feedback", json=right).json() == {"kept": True}
    sign, correction = (json.loads(line) for line in (tmp_path / EVENTS).read_text().splitlines())
    assert (sign["kind"], sign["model"], sign["gloss"], sign["fps"]) == ("predict", "7", best["gloss"], 30)
    assert (correction["kind"], correction["gloss"], correction["instead_of"]) == ("correction", "fine", best["gloss"])
    for wrong, says in (({"gloss": "no such word"}, "vocabulary"), ({"gloss": "fine", "landmarks": []}, "landmarks")):
        refused = client.post("/feedback", json=wrong)
        assert refused.status_code == 422
        assert says in refused.text
    assert len(events(client.app.state.kernel.feedback)) == 2


def test_a_server_that_keeps_nothing_says_so(tiny_model):
    client = client_for(FolderSource(tiny_model), Settings(costly_per_minute=0))
    assert client.get("/metadata").json()["feedback"] == "off"
    assert client.post("/feedback", json={"gloss": "fine"}).status_code == 404


@pytest.mark.parametrize(("allowed", "consent", "kept"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_live_corrections_keep_landmarks_only_where_both_agree(tiny_model, tmp_path, allowed, consent, kept):
    client = live_client(tiny_model, feedback_dir=tmp_path, feedback_landmarks=allowed)
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "consent": consent, "aspect": 1.5})
        assert until(socket, "ready")[0]["feedback"] == ("landmarks" if allowed else "summaries")
        send(socket, phrase(0.1, rest=0.6))
        committed, _ = until(socket, "committed")
        socket.send_json({"type": "choose", "sign": committed["sign"], "gloss": "fine"})
        until(socket, "phrase")
    sign, correction = events(client.app.state.kernel.feedback)
    assert (sign["kind"], sign["gloss"], sign["known"], sign["aspect"]) == ("live", committed["gloss"], True, 1.5)
    assert sign["fps"] == pytest.approx(25, rel=0.05)
    assert (correction["gloss"], correction["instead_of"]) == ("fine", committed["gloss"])
    assert len(list((tmp_path / "landmarks").glob("*.npz"))) == kept
    assert (correction["landmarks"] is not None) == bool(kept)


def test_a_session_that_says_nothing_gives_no_landmarks(tiny_model, tmp_path):
    client = live_client(tiny_model, feedback_dir=tmp_path, feedback_landmarks=True)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, rest=0.6))
        committed, _ = until(socket, "committed")
        socket.send_json({"type": "choose", "sign": committed["sign"], "gloss": "fine"})
        until(socket, "phrase")
    assert len(events(client.app.state.kernel.feedback)) == 2
    assert not (tmp_path / "landmarks").exists()
