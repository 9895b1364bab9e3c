"""How good Production is on val and on newly labelled clips."""

from pathlib import Path

import numpy as np
import pytest

from stages import register
from stages.tracking.connect import connect
from stages.watching.accuracy import ProductionAccuracy
from stages.watching.memory import Memory
from tests.stages import project


def test_accuracy_is_measured_on_val_and_newly_labelled_clips(in_project, mlflow_uri, monkeypatch, tmp_path):
    """Once for each version and set of clips."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    measure, memory = ProductionAccuracy(Path()), Memory(tmp_path)
    assert measure(memory) is None  # no Production version yet
    register.main([])
    first = measure(memory)
    assert first[0] == "1"
    assert first[2] == 12
    assert connect().get_model_version("pose2gloss", "1").tags["language"] == "drawn"
    connect().set_model_version_tag("pose2gloss", "1", "language", "ASL")
    assert measure(memory) is None  # drawn clips say nothing of a version that knows ASL
    connect().set_model_version_tag("pose2gloss", "1", "language", "drawn")
    assert first[1] > 0.6
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
    names = np.array([f"new{i}" for i in range(11)] + ["train-wave-00"])  # of which Production has learnt one
    file = Path("labelled/week1.npz")
    ends = np.cumsum([0, *lengths])
    np.savez(file, frames=frames, offsets=ends, gloss=wrong, fps=np.full(12, 30.0), video_id=names)
    second = ProductionAccuracy(Path(), [file])(memory)
    assert second[2] == 12 + 11
    assert second[1] == pytest.approx(first[1] * 12 / 23)
