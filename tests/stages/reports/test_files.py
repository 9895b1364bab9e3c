"""Reports: written whole or not at all, read as their types, also from older revisions."""

import json
import os

import numpy as np
import pytest

from stages.reports.data import SplitReport
from stages.reports.evaluation import Metrics, Scores
from stages.reports.files import find_report, read_report, write_json
from stages.reports.release import ExportReport, Registration
from stages.reports.training import Selection, TrainReport, Trials, TuneReport
from stages.start import StageError

VAL = {"loss": 1.5, "accuracy": 0.25, "top5_accuracy": 0.5, "n": 4}


def test_there_and_back(tmp_path):
    path = tmp_path / "reports" / "metrics.json"
    metrics = Metrics(val=Scores(**VAL, accuracy_ci=(0.1, 0.4)), test=Scores(n=0, loss=None))
    write_json(path, metrics)
    assert read_report(path, Metrics) == metrics
    assert path.read_text() == json.dumps(
        {"val": {"n": 4, "loss": 1.5, "accuracy": 0.25, "top5_accuracy": 0.5, "accuracy_ci": [0.1, 0.4]},
         "test": {"n": 0, "loss": None}}, indent=1,
    ) + "\n"  # fmt: skip
    assert [file.name for file in path.parent.iterdir()] == ["metrics.json"]


def test_text_is_for_people(tmp_path):
    write_json(tmp_path / "a.json", {"gloss": "café"})
    assert "café" in (tmp_path / "a.json").read_text(encoding="utf-8")


@pytest.mark.parametrize("content", [{"loss": float("nan")}, {"loss": np.float32(1)}, {"loss": object()}])
def test_what_json_does_not_know_leaves_the_old_file(tmp_path, content):
    path = tmp_path / "a.json"
    write_json(path, [1])
    with pytest.raises((ValueError, TypeError)):
        write_json(path, content)
    assert path.read_text() == "[\n 1\n]\n"


def test_a_disk_that_fills_up_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    write_json(path, [1])

    def full(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr("pathlib.Path.replace", full)
    with pytest.raises(OSError, match="No space left"):
        write_json(path, [2])
    assert path.read_text() == "[\n 1\n]\n"
    assert list(tmp_path.iterdir()) == [path]


def test_what_is_missing_or_something_else_is_a_sentence(tmp_path):
    path = tmp_path / "metrics.json"
    assert find_report(path, Metrics) is None
    with pytest.raises(StageError, match=r"metrics\.json is missing: run `dvc repro`"):
        read_report(path, Metrics)
    path.write_text('{"val": {"n": "many"}}')
    with pytest.raises(StageError, match=r"metrics\.json is no Metrics \(val\.n: .*valid integer.*run `dvc repro`"):
        read_report(path, Metrics)
    path.write_text('{"val": {')
    with pytest.raises(StageError, match=r"is no Metrics \(the file: Invalid JSON"):
        read_report(path, Metrics)


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (Metrics, {"val": VAL | {"mrr": 0.5}}),
        (TrainReport, {"network": "gislr", "run_key": "0", "val": VAL}),
        (Selection, {"selected": "gislr", "candidates": {"gislr": VAL}}),
        (TuneReport, {"tuned_kept": False, "base": VAL, "best": None}),
        (ExportReport, {"served": "int8"}),
        (Registration, {"version": "3", "promoted": False, "reason": "worse"}),
        (SplitReport, {"subsets": {"train": {"videos": 1, "glosses": 1, "signers": 0}}}),
        (Trials, []),
    ],
)
def test_reports_of_older_and_newer_revisions_are_read(kind, content, tmp_path):
    path = tmp_path / "report.json"
    path.write_text(json.dumps(content))
    assert read_report(path, kind)


def test_what_speaks_for_a_model():
    assert Metrics(test=Scores(n=2), val=Scores(n=3)).part == "test"
    without = Metrics(test=Scores(n=0), val=Scores(n=3))
    assert (without.part, without.shown.n, list(without.scored())) == ("val", 3, ["val"])
