"""The watcher tells when people sign otherwise than in training, and never trains because of it."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bentos.model.feedback import EVENTS, Feedback
from bentos.settings import Settings
from stages import register
from stages.dataset import drift
from stages.dataset.summaries import summaries
from stages.watch import Params, Watch
from stages.watching.drift import FeedbackDrift, ProductionStatistics, read
from stages.watching.memory import Memory
from tests.stages import project

CLIPS = [project.clip(gloss, i, "train") for gloss in project.GLOSSES for i in range(40)]
REFERENCE = drift.statistics(summaries(CLIPS))


def serve(folder: Path, kind: str = "predict", zoom: float = 1.0, clips: int = 60) -> None:
    """What the service notes when such people sign."""
    feedback = Feedback(Settings(feedback_dir=folder))
    for i in range(clips):  # fewer than may wait for the disk
        made = project.clip(project.GLOSSES[i % 3], i, "test")
        landmarks = made.landmarks.astype(np.float32)
        landmarks[..., :2] = 0.5 + (landmarks[..., :2] - 0.5) * zoom
        clip = (landmarks, made.fps, None)
        feedback.sign(kind, "1", partial(tuple, clip), [{"gloss": made.gloss, "score": 0.9}], known=i % 10 > 0)
    feedback.close()


@pytest.fixture
def watched(tmp_path):
    """A source, its memory, and what it told."""
    told: list[tuple[str, str]] = []
    source = FeedbackDrift(
        tmp_path / "feedback", lambda: REFERENCE, 0.25, 30, tmp_path / "drift.json", lambda *a: told.append(a)
    )
    source.told = told
    source.memory = Memory(tmp_path / "memory")
    return source


def test_people_as_in_training_are_no_drift(watched, tmp_path):
    serve(tmp_path / "feedback")
    assert watched(watched.memory) is None
    assert watched.told == []
    found = json.loads((tmp_path / "drift.json").read_text())
    assert found["signs"]["predict"] == {"signs": 60, "score": 0.9, "unsure": 0.1}
    assert not any(row["shifted"] for row in found["drift"]["predict"])


def test_people_nearer_to_the_camera_are_told_of_once(watched, tmp_path):
    serve(tmp_path / "feedback", zoom=1.8)
    watched(watched.memory)
    ((event, text),) = watched.told
    assert event == "drift"
    assert "predict: shoulder_width" in text
    assert "predict: hand_size" in text
    assert "fps" not in text
    serve(tmp_path / "feedback", zoom=1.8, clips=5)
    watched(watched.memory)
    assert len(watched.told) == 1
    assert "| shoulder_width |" in (tmp_path / "drift.md").read_text()
    (tmp_path / "feedback" / EVENTS).unlink()
    serve(tmp_path / "feedback")
    watched(watched.memory)
    assert watched.told[-1] == ("drift", "what people sign is as in training again")


def test_live_signs_without_the_rest_around_them_are_no_drift(watched, tmp_path):
    rest = np.full((20, 180, 3), np.nan, np.float16)
    rest[:, 42:48] = CLIPS[0].landmarks[0, 42:48]
    filmed = [replace(c, landmarks=np.concatenate([rest, c.landmarks, rest])) for c in CLIPS]
    watched.reference = lambda: drift.statistics(summaries(filmed))
    serve(tmp_path / "feedback", "live")
    watched(watched.memory)
    assert watched.told == []
    assert "depends on the cut" in (tmp_path / "drift.md").read_text()


def test_few_signs_prove_nothing(watched, tmp_path):
    serve(tmp_path / "feedback", zoom=3, clips=29)
    watched(watched.memory)
    assert watched.told == []
    assert "Too few to compare" in (tmp_path / "drift.md").read_text()


def test_corrections_are_counted_and_a_line_cut_off_is_left_out(watched, tmp_path):
    feedback = Feedback(Settings(feedback_dir=tmp_path / "feedback"))
    for chosen, said in (("wave", "up"), ("wave", "up"), ("up", "up"), ("circle", None)):
        feedback.correction("1", chosen, said)
    feedback.close()
    with (tmp_path / "feedback" / EVENTS).open("a") as file:
        file.write('{"kind": "correction", "gl')
    found = watched.compare(*read(tmp_path / "feedback"))
    assert found["corrections"] == {
        "corrected": 3,
        "confirmed": 1,
        "most": [{"said": "up", "was": "wave", "times": 2}],
    }
    watched(watched.memory)
    assert "| up | wave | 2 |" in (tmp_path / "drift.md").read_text()


def test_compared_with_what_production_learnt_from(in_project, mlflow_uri, monkeypatch, tmp_path):
    """Its statistics travel in the version: this clone's last run may be of other data."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    statistics = ProductionStatistics(Path("reports/landmark_statistics.json"))
    assert statistics() is None
    Path("reports/landmark_statistics.json").write_text(json.dumps(REFERENCE))
    register.main([])
    Path("reports/landmark_statistics.json").write_text(json.dumps(REFERENCE | {"clips": 7}))
    assert statistics()["clips"] == len(CLIPS)


def test_a_look_with_feedback_tells(tmp_path, monkeypatch, mlflow_uri):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "landmark_statistics.json").write_text(json.dumps(REFERENCE))
    serve(tmp_path / "data" / "feedback", zoom=2)
    hook = "sh -c 'echo \"$ISLR_EVENT $ISLR_TEXT\" >> told'"
    monkeypatch.chdir(tmp_path)
    params = Params(folders=(), threshold=0, feedback="data/feedback", alert_command=hook)
    Watch(params, tmp_path).drift()
    assert (tmp_path / "told").read_text().startswith("drift what people sign has shifted")
