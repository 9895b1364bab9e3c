"""The exported file says what the network says, and tells what it is."""

import json
import shutil
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import evaluate, export
from stages.dataset.ragged import RaggedWriter
from stages.exporting import checks
from stages.reports.release import Agreement
from stages.start import StageError
from tests.stages import project


def test_report_and_files(in_project):
    report = json.loads(Path("reports/export.json").read_text())
    assert report["variants"]["fp32"]["max_abs_diff"] < 1e-5
    assert report["variants"]["fp32"]["top5_agreement"] == 1
    assert report["variants"]["int8"]["n"] == 12
    assert report["golden_clips"] >= 10
    names = {p.name for p in Path("data/export").iterdir()}
    assert names == {
        *(
            "model.tflite",
            "metadata.json",
            "golden.npz",
            "golden.json",
            "vocabulary.npz",
            "own_signs.npz",
            "manifest.json",
        ),
        *("MODEL_CARD.md", "pose2gloss.py", "pyfunc.py", "manifest.json"),
    }


def test_a_file_that_differs_from_keras_stops_the_stage():
    good = Agreement(max_abs_diff=1e-7, top1_agreement=1.0, top5_agreement=1.0, n=50)
    params = export.Params()
    assert export.choose({"fp32": good, "int8": good.model_copy(update={"max_abs_diff": 0.01})}, params) == "int8"
    assert export.choose({"fp32": good, "int8": good.model_copy(update={"top1_agreement": 0.9})}, params) == "fp32"
    nan = checks.compare(np.ones((2, 3)), np.full((2, 3), np.nan), np.zeros(2, int))
    for bad in (nan, good.model_copy(update={"max_abs_diff": 0.2}), good.model_copy(update={"top5_agreement": 0.98})):
        with pytest.raises(StageError, match="does not say what Keras says"):
            export.choose({"fp32": bad, "int8": good}, params)
    with pytest.raises(StageError, match="min_agreement"):
        export.choose(
            {"fp32": good, "int8": good.model_copy(update={"top1_agreement": 0.9})}, export.Params(serve="int8")
        )


def test_a_version_says_what_it_learnt_from_and_how_good_it_is(in_project):
    metadata = json.loads(Path("data/export/metadata.json").read_text())
    metrics = json.loads(Path("reports/metrics.json").read_text())
    assert metadata["language"] == "drawn"
    assert "no ASL" in metadata["source"]
    assert metadata["learnt_from"] == {"clips": [12, 12, 12], "signers": [3, 3, 3]}
    assert [(row["vocabulary"], row["part"], row["n"]) for row in metadata["accuracy"]] == [
        (3, "val", 12),
        (3, "test", 12),
    ]
    for row in metadata["accuracy"]:
        assert (row["top1"], row["top1_ci"]) == (metrics[row["part"]]["accuracy"], metrics[row["part"]]["accuracy_ci"])


def test_without_a_test_part_val_is_what_is_shown_and_said(in_project, caplog):
    """As with imported landmarks of WLASL, of which there are only train and val, and no signers."""
    splits = pd.read_parquet("data/splits.parquet")
    splits[splits["split"] != "test"].assign(signer="").to_parquet("data/splits.parquet")
    shutil.rmtree("data/tensors/test")
    with RaggedWriter("data/tensors/test"):
        pass
    Path("data/raw/archives.json").write_text(json.dumps({"source": "landmarks", "archives": []}))
    project.write_params(evaluate={}, export={"corpus": "wlasl"})
    with caplog.at_level("INFO"):
        evaluate.main()
        export.main()
    assert "there is no test clip; tables and pictures show the val clips" in caplog.text
    assert "compared with Keras on the val clips" in caplog.text
    metrics = json.loads(Path("reports/metrics.json").read_text())
    assert (metrics["test"]["n"], metrics["test"]["accuracy"], metrics["val"]["n"]) == (0, None, 12)
    assert len(pd.read_csv("reports/evaluate/classification_report.csv")) == 5
    report = json.loads(Path("reports/export.json").read_text())
    assert (report["part"], report["variants"]["fp32"]["n"]) == ("val", 12)
    metadata = json.loads(Path("data/export/metadata.json").read_text())
    assert metadata["language"] == "ASL"
    assert metadata["source"] == "WLASL (Li et al., WACV 2020, C-UDA 1.0)"
    assert metadata["learnt_from"] == {"clips": [12, 12, 12], "signers": [None, None, None]}
    assert [row["part"] for row in metadata["accuracy"]] == ["val"]
    text = Path("data/export/MODEL_CARD.md").read_text()
    for said in (
        *("WACV 2020", "C-UDA 1.0, for academic and computational use", "without the consent of each signer"),
        *("Nobody Deaf has reviewed the model yet", "A gloss is a name for a sign, not its meaning", "issue tracker"),
        *("12 val clips: largest difference", "none to test, by signers who are not known", "There is no test part"),
    ):
        assert said in text
    assert "scored once" not in text
    assert "drawn" not in text


@pytest.mark.parametrize("stage", [evaluate, export])
def test_a_model_that_is_gone_or_of_older_code_is_one_sentence(in_project, stage):
    project.write_params(evaluate={})
    with zipfile.ZipFile("data/models/tuned/model.keras", "w") as empty:
        empty.writestr("config.json", "{}")
    with pytest.raises(SystemExit, match="older version of islr"):
        stage.main()
    Path("data/models/tuned/model.keras").unlink()
    with pytest.raises(SystemExit, match=r"model\.keras is missing"):
        stage.main()
