"""Answers and scores of a model on clips."""

import keras
import numpy as np
import pytest

from stages.training.metrics import predict, scores


def test_batch_size_does_not_change_an_answer(trained, data):
    model = keras.models.load_model(trained[0] / "model.keras")
    np.testing.assert_allclose(predict(model, data[1], 1), predict(model, data[1], 64), atol=1e-5)
    np.testing.assert_allclose(predict(model, data[1]).sum(axis=1), 1, atol=1e-5)


def test_scores():
    probabilities = np.array([[0.7, 0.1, 0.1, 0.05, 0.03, 0.02], [0.4, 0.3, 0.15, 0.1, 0.04, 0.01]])
    result = scores(probabilities, np.array([0, 5])).model_dump()
    assert result == pytest.approx(
        {"loss": -(np.log(0.7) + np.log(0.01)) / 2, "accuracy": 0.5, "top5_accuracy": 0.5, "n": 2}
    )
    with pytest.raises(ValueError, match="no clips"):
        scores(np.empty((0, 6)), np.array([], int))
