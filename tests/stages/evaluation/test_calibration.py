"""The temperature, the calibration error and its bins."""

import numpy as np
import pytest
from scipy.special import softmax

from stages.evaluation import calibration


def overconfident(n=2000, temperature=3.0):
    """Logits whose softmax is right only after division by `temperature`."""
    rng = np.random.default_rng(0)
    true = rng.normal(0, 1.5, (n, 6))
    labels = np.array([rng.choice(6, p=p) for p in softmax(true, axis=1)])
    return true * temperature, labels


def test_temperature_is_found_and_mends_calibration_without_changing_ranks():
    logits, labels = overconfident()
    found = calibration.fit_temperature(logits, labels)
    assert found == pytest.approx(3, rel=0.1)
    before, after = softmax(logits, axis=1), softmax(logits / found, axis=1)
    error = calibration.expected_calibration_error
    assert error(after, labels) < 0.05 < 0.15 < error(before, labels)
    assert (before.argmax(1) == after.argmax(1)).all()
    assert calibration.fit_temperature(logits[:0], labels[:0]) == 1


def test_few_right_answers_prove_no_certainty():
    logits, labels = np.eye(4)[np.arange(24) % 4] * 5, np.arange(24) % 4
    sure = softmax(logits / calibration.fit_temperature(logits, labels), axis=1).max(axis=1)
    np.testing.assert_allclose(sure, 1 - 3 / 4 / 26, atol=1e-3)  # doubt is 1 / 26, spread over four labels


def test_reliability_bins():
    rows = calibration.reliability(np.array([[0.95, 0.05], [1.0, 0.0], [0.45, 0.55]]), np.array([0, 1, 1]))
    assert [(r["low"], r["n"], r["accuracy"]) for r in rows] == [(0.5, 1, 1.0), (0.9, 2, 0.5)]
