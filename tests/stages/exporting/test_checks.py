"""The exported file is compared with Keras."""

import json
from pathlib import Path

import numpy as np

from stages.dataset.ragged import RaggedClips
from stages.exporting import checks
from stages.serving_model.pose2gloss import Pose2Gloss


def test_answers_of_raw_clips_are_those_of_keras(in_project):
    from stages.training.metrics import predict
    from stages.training.saved import load_model

    test = RaggedClips.open("data/tensors/test")
    temperature = json.loads(Path("data/models/calibration.json").read_text())["temperature"]
    expected = predict(load_model("data/models/tuned/model.keras"), test, temperature=temperature)
    np.testing.assert_allclose(checks.answers(Pose2Gloss("data/export"), test), expected, atol=0.02)
    assert (expected.argmax(1) == test.labels).mean() > 0.9


def test_order_of_equal_probabilities_is_no_difference():
    one = np.array([0.5, 0.2, 0.2, 0.05, 0.03, 0.02])
    other = np.array([0.5, 0.19999, 0.20001, 0.05, 0.03, 0.02])
    assert checks.same_order(one, other)
    assert not checks.same_order(one, np.array([0.2, 0.5, 0.2, 0.05, 0.03, 0.02]))
