"""The exported file says what the network says, and tells what it is."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from stages import export
from stages.dataset.ragged import RaggedClips
from stages.exporting import card, checks
from stages.serving_model.pose2gloss import Pose2Gloss


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
    from bentos import loading

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
    good = {"max_abs_diff": 1e-7, "top1_agreement": 1.0, "top5_agreement": 1.0, "n": 50}
    params = export.Params()
    assert export.choose({"fp32": good, "int8": good | {"max_abs_diff": 0.01}}, params) == "int8"
    assert export.choose({"fp32": good, "int8": good | {"top1_agreement": 0.9}}, params) == "fp32"
    nan = checks.compare(np.ones((2, 3)), np.full((2, 3), np.nan), np.zeros(2, int))
    for bad in (nan, good | {"max_abs_diff": 0.2}, good | {"top5_agreement": 0.98}):
        with pytest.raises(SystemExit, match="does not say what Keras says"):
            export.choose({"fp32": bad | {"n": 2}, "int8": good}, params)
    with pytest.raises(SystemExit, match="min_agreement"):
        export.choose({"fp32": good, "int8": good | {"top1_agreement": 0.9}}, export.Params(serve="int8"))


def test_order_of_equal_probabilities_is_no_difference():
    one = np.array([0.5, 0.2, 0.2, 0.05, 0.03, 0.02])
    other = np.array([0.5, 0.19999, 0.20001, 0.05, 0.03, 0.02])
    assert checks.same_order(one, other)
    assert not checks.same_order(one, np.array([0.2, 0.5, 0.2, 0.05, 0.03, 0.02]))


def test_card_of_the_sample_says_that_it_is_not_asl(in_project):
    text = Path("data/export/MODEL_CARD.md").read_text()
    assert "These are not ASL signs" in text
    assert "| test | 12 |" in text
    assert "circle, up, wave" in text
    assert "no signer of test is in train" in text


def test_signers_in_two_splits_are_admitted():
    import pandas as pd

    clips = pd.DataFrame({"split": ["train", "test", "test"], "signer": ["7", "7", ""]})
    described = card.describe_data(clips, "WLASL")
    assert (described["apart"], described["unknown"], described["test"]) == (False, 1, 2)
