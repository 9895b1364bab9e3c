"""The exported file says what the network says, and tells what it is."""

import json
import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import evaluate, export
from stages.dataset.ragged import RaggedClips, RaggedWriter
from stages.dataset.spec import TensorSpec
from stages.exporting import card, checks, origin
from stages.reports.evaluation import Metrics
from stages.reports.files import read_report
from stages.reports.release import Agreement
from stages.reports.training import TrainReport
from stages.serving_model.pose2gloss import Pose2Gloss
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
        *("model.tflite", "metadata.json", "golden.npz", "golden.json", "vocabulary.npz"),
        *("MODEL_CARD.md", "pose2gloss.py", "pyfunc.py"),
    }


def test_answers_of_raw_clips_are_those_of_keras(in_project):
    from stages.training.metrics import predict
    from stages.training.saved import load_model

    test = RaggedClips.open("data/tensors/test")
    temperature = json.loads(Path("data/models/calibration.json").read_text())["temperature"]
    expected = predict(load_model("data/models/tuned/model.keras"), test, temperature=temperature)
    np.testing.assert_allclose(checks.answers(Pose2Gloss("data/export"), test), expected, atol=0.02)
    assert (expected.argmax(1) == test.labels).mean() > 0.9


def test_golden_is_reproduced_as_the_service_checks_it(in_project):
    from bentos.contract import loading

    model = loading.load(Path("data/export"))
    assert loading.check(model, Path("data/export"), len(model.labels)) >= 10
    golden = json.loads(Path("data/export/golden.json").read_text())
    assert golden[0]["predictions"][0]["score"] >= golden[0]["predictions"][1]["score"]


def test_a_clip_gives_the_same_answer_however_it_comes(in_project):
    """Frames in which nothing was seen, before and after, another frame rate, and other calls at the same time."""
    model = Pose2Gloss("data/export")
    test = RaggedClips.open("data/tensors/test")
    nothing = np.full((7, 180, 3), np.nan, np.float32)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda i: model.predict(test[i]), range(len(test))))
    for i in range(len(test)):
        np.testing.assert_allclose(model.predict(np.concatenate([nothing, test[i], nothing])), alone[i], atol=1e-6)
        twice = np.repeat(np.asarray(test[i], np.float32), 2, axis=0)
        assert model.predict(twice, fps=50).argmax() == alone[i].argmax()


@pytest.mark.parametrize(
    ("landmarks", "more", "said"),
    [
        (np.zeros((5, 21, 3)), {}, r"\(frames, 180, 3\)"),
        (np.zeros((0, 180, 3)), {}, "no frames"),
        (np.zeros((5, 180, 3)), {"fps": 0.0}, "fps"),
        (np.zeros((5, 180, 3)), {"aspect": float("nan")}, "aspect"),
    ],
)
def test_bad_input_is_told_apart(in_project, landmarks, more, said):
    with pytest.raises(ValueError, match=said):
        Pose2Gloss("data/export").predict(landmarks, **more)


def test_incomplete_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.tflite is missing"):
        Pose2Gloss(tmp_path)


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


def test_order_of_equal_probabilities_is_no_difference():
    one = np.array([0.5, 0.2, 0.2, 0.05, 0.03, 0.02])
    other = np.array([0.5, 0.19999, 0.20001, 0.05, 0.03, 0.02])
    assert checks.same_order(one, other)
    assert not checks.same_order(one, np.array([0.2, 0.5, 0.2, 0.05, 0.03, 0.02]))


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


def test_card_of_the_sample_says_that_it_is_no_asl(in_project):
    text = Path("data/export/MODEL_CARD.md").read_text()
    assert "Drawn trial movements that are no ASL" in text
    assert "WLASL (" not in text
    assert "signs of American Sign Language" not in text
    assert "| test | 12 |" in text
    assert "| 3 | test | 12 |" in text
    assert "circle, up, wave" in text
    assert "no signer of test is in train" in text
    assert "scored once" in text


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
    said = export.metadata(spec, report, 1.0, Metrics(), "")
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


@pytest.mark.parametrize(
    ("splits", "signers", "said"),
    [
        (
            ["train", "test", "test"],
            ["7", "7", ""],
            "1 signers (not known for 1 clips); some signers are in several parts",
        ),
        (["train", "val"], ["7", "8"], "2 signers; no signer of val is in train"),
        (["train", "test"], ["7", ""], "1 signers (not known for 1 clips)"),
        (["train", "test"], ["", ""], "signers who are not known"),
    ],
)
def test_nothing_is_claimed_of_signers_that_is_not_known(splits, signers, said):
    described = card.describe_data(pd.DataFrame({"split": splits, "signer": signers}))
    assert described["signers"] == f"by {said}"
    assert described["train"] == 1


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
