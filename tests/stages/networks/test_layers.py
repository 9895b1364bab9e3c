"""Layers that all networks share."""

import keras
import numpy as np


def test_late_dropout_begins_late():
    from stages.networks.layers import LateDropout

    layer = LateDropout(0.5, start_step=2, seed=0)
    ones = np.ones((1, 1000), np.float32)
    zeros = [float((np.asarray(layer(ones, training=True)) == 0).mean()) for _ in range(3)]
    assert zeros[:2] == [0, 0]
    assert 0.4 < zeros[2] < 0.6
    np.testing.assert_array_equal(np.asarray(layer(ones)), ones)


def test_batch_statistics_are_those_of_keras():
    from stages.networks.layers import MaskedBatchNorm

    rng = np.random.default_rng(0)
    values = rng.normal(3, 2, (4, 9, 5)).astype(np.float32)
    mask = np.arange(9) < np.array([[9], [4], [1], [0]])
    ours, theirs = MaskedBatchNorm(), keras.layers.BatchNormalization()
    results = ours(values, mask[..., None].astype(np.float32), training=True), theirs(values, training=True, mask=mask)
    np.testing.assert_allclose(*results, atol=1e-5)
    np.testing.assert_allclose(ours.moving_mean, theirs.moving_mean, rtol=1e-5)
    np.testing.assert_allclose(ours.moving_variance, theirs.moving_variance, rtol=1e-5)


def test_a_step_is_there_when_one_of_its_frames_is():
    from stages.networks.layers import Shrink

    values, there = np.ones((1, 7, 1, 3), np.float32), (np.arange(7) < 5).astype(np.float32).reshape(1, 7, 1, 1)
    shrunk, mask = Shrink(4, (2, 1))(values, there)
    assert shrunk.shape == (1, 4, 1, 4)
    np.testing.assert_array_equal(np.ravel(mask), [1, 1, 1, 0])
    np.testing.assert_array_equal(shrunk[0, 3], np.zeros((1, 4)))


def test_logits_are_scaled_cosines():
    from stages.networks.layers import CosineClassifier

    layer, rng = CosineClassifier(3), np.random.default_rng(0)
    values = rng.normal(size=(4, 5)).astype(np.float32)
    values /= np.linalg.norm(values, axis=1, keepdims=True)
    layer.build(values.shape)
    layer.prototypes.assign(values[:3].T * [[1, 10, 0.1]])  # their length counts for nothing
    logits = np.asarray(layer(values))
    np.testing.assert_allclose(logits, 20 * values @ values[:3].T, atol=1e-4)
    np.testing.assert_allclose(np.diag(logits), 20, rtol=1e-5)


def test_the_embedding_is_of_unit_length():
    from stages.networks.layers import classify

    inputs = keras.Input((7,))
    model = keras.Model(inputs, classify(inputs, 3))
    embedding = keras.Model(inputs, model.get_layer("embedding").output)
    made = np.asarray(embedding(np.random.default_rng(0).normal(size=(4, 7)).astype(np.float32)))
    assert made.shape == (4, 256)
    np.testing.assert_allclose(np.linalg.norm(made, axis=1), 1, rtol=1e-5)
