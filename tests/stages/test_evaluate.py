"""evaluate: scores, tables and the temperature agree with the list of predictions."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from stages import evaluate
from stages.dataset.ragged import RaggedWriter
from tests.stages import project


def test_scores_and_tables_are_those_of_the_predictions(in_project):
    metrics = json.loads(Path("reports/metrics.json").read_text())
    predictions = pd.read_csv("reports/evaluate/predictions.csv")
    for part in ("val", "test"):
        right = predictions.loc[predictions["split"] == part, "right"]
        assert (metrics[part]["n"], metrics[part]["accuracy"]) == (len(right), pytest.approx(right.mean()))
    confusion = pd.read_csv("reports/evaluate/confusion.csv")
    assert confusion["times"].sum() == metrics["test"]["n"]
    calibration = json.loads(Path("data/models/calibration.json").read_text())
    assert calibration["temperature"] > 0
    assert calibration["n"] == metrics["val"]["n"]


def test_without_any_clip_to_score_on_it_says_what_to_choose(in_project):
    for part in ("val", "test"):
        shutil.rmtree(f"data/tensors/{part}")
        with RaggedWriter(f"data/tensors/{part}"):
            pass
    project.write_params(evaluate={})
    with pytest.raises(SystemExit, match="there is no val or test clip: choose more glosses"):
        evaluate.main()
