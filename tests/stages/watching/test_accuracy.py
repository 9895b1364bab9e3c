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
