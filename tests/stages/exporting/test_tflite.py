"""The network with its calibrated softmax inside."""

import keras
import numpy as np
import pytest

from stages.exporting.tflite import convert, with_probabilities


def model() -> keras.Model:
    """A network whose logits are 0 and the picture's aspect."""
    inputs = {"landmarks": keras.Input((None, 180, 3), name="landmarks"), "aspect": keras.Input((), name="aspect")}
    aspect = keras.ops.expand_dims(inputs["aspect"], 1)
    return keras.Model(inputs, keras.ops.concatenate([aspect * 0, aspect], axis=1))


def test_logits_are_divided_by_the_temperature():
    clip = {"landmarks": np.zeros((1, 5, 180, 3), np.float32), "aspect": np.array([2.0], np.float32)}
    given = with_probabilities(model(), 4.0)(clip)
    assert list(given) == ["probabilities"]  # it has no layer that is an embedding
    warm = np.asarray(given["probabilities"])
    np.testing.assert_allclose(warm, [[1 / (1 + np.exp(0.5)), 1 / (1 + np.exp(-0.5))]], atol=1e-6)


def test_an_unknown_variant_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"no TFLite variant \['int4'\]"):
        convert(model(), 1.0, tmp_path, ("fp32", "int4"))
    assert list(tmp_path.iterdir()) == []
