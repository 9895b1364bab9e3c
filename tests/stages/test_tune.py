"""The stage searches, and nothing worse goes on."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stages import tune
from stages.reports.training import ValScores


@pytest.mark.parametrize(
    ("accuracy", "loss", "better"), [(0.8, 9, True), (0.7, 0.4, True), (0.7, 0.5, False), (0.6, 0, False)]
)
def test_better_is_by_accuracy_then_loss(accuracy, loss, better):
    assert tune.beats(ValScores(accuracy=accuracy, loss=loss), ValScores(accuracy=0.7, loss=0.5)) is better


@pytest.mark.slow
def test_stage_tunes_and_keeps_what_is_better(in_project):
    """The real thing, once: two trials in two processes, trained for an epoch or two."""
    space = {"learning_rate": {"low": 0.005, "high": 0.02, "log": True}, "hyper.width": {"values": [8]}}
    Path("params.yaml").write_text(json.dumps({"tune": {"trials": 2, "epochs": 2, "retrain": False, "space": space}}))
    tune.main()
    summary = json.loads(Path("reports/tune.json").read_text())
    table = pd.read_csv("reports/tune/trials.csv")
    assert list(table["state"]) == ["complete", "complete"]
    assert summary["trials"] == 2
    kept = json.loads(Path("data/models/tuned/report.json").read_text())
    base = json.loads(Path("data/models/selected/report.json").read_text())
    expected = summary["best"] if summary["tuned_kept"] else base["val"]
    assert kept["val"] == expected
    assert not tune.beats(ValScores(**base["val"]), ValScores(**kept["val"]))
    assert Path("reports/tune/pareto.png").stat().st_size > 5000
    assert not list(Path("data/models/.unfinished").glob("*"))
