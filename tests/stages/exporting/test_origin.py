"""Where a version's data comes from, in words and numbers."""

import json
from pathlib import Path

import pandas as pd
import pytest

from stages import export
from stages.dataset.spec import TensorSpec
from stages.exporting import origin
from stages.reports.evaluation import Calibration, Metrics
from stages.reports.files import read_report
from stages.reports.training import TrainReport


def test_unknown_imported_landmarks_are_not_called_wlasl():
    assert origin.in_words("landmarks") == "Imported landmarks"
    assert origin.in_words("landmarks", "Our own, 2026") == "Our own, 2026"
    assert origin.in_words("kaggle") == origin.in_words("wlasl") == origin.WLASL
    assert {source: origin.language(source) for source in ("sample", "wlasl", "kaggle", "landmarks")} == {
        **{"sample": "drawn", "wlasl": "ASL", "kaggle": "ASL", "landmarks": "ASL"}
    }


@pytest.mark.parametrize(("dataset", "words"), [("WLASL", origin.WLASL), ("ASL Citizen", "ASL Citizen")])
def test_zips_are_called_by_their_data_set(in_project, dataset, words):
    Path("data/raw/archives.json").write_text(json.dumps({"source": "zips", "dataset": dataset, "archives": []}))
    report = read_report(Path("data/models/tuned/report.json"), TrainReport)
    spec = TensorSpec.read("data/tensors/spec.json")
    said = export.metadata(spec, report, Calibration(temperature=1.0), Metrics(), "")
    assert (said["source"], said["language"]) == (words, "ASL")


def test_signers_count_only_where_all_are_known():
    splits = pd.DataFrame(
        {
            "gloss": ["book", "book", "book", "go", "go", "book"],
            "split": ["train"] * 5 + ["val"],
            "signer": ["1", "1", "2", "3", "", "9"],
        }
    )
    assert origin.learnt_from(splits, ("go", "book", "new")) == {"clips": [2, 3, 0], "signers": [None, 2, None]}
