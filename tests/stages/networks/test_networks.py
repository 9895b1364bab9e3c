"""Both networks: whatever stands around a clip, its answer stays; saved and loaded without pickles."""

import zipfile

import keras
import numpy as np
import pytest

from stages.networks import network
from tests.stages.clips import signer, spec

SMALL = {
    "gislr": {"dim": 32, "groups": 1, "kernel": 9},
    "convnext_tiny": {"width": 8, "depths": (1, 1, 1, 1), "kernel": 5},
}


@pytest.fixture(scope="module", params=SMALL)
def model(request) -> keras.Model:
    """A small network whose weights are random, normalisation and layer scale included."""
    keras.utils.set_random_seed(1)
    net = network(request.param)
    model = net.build(spec(7), net.Hyper(**SMALL[request.param]), late_step=5)
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.dtype.startswith("float"):
            noise = rng.normal(0, 0.03, weight.shape)
            weight.assign(np.abs(weight + noise) if "var" in weight.path else weight + noise)
    return model


def logits(model, clips, frames=None):
    frames = frames or max(map(len, clips))
    batch = np.full((len(clips), frames, 180, 3), np.nan, np.float32)
    for row, clip in zip(batch, clips, strict=True):
        row[: len(clip)] = clip
    return np.asarray(model({"landmarks": batch, "aspect": np.ones(len(clips), np.float32)}, training=False))


def test_padding_changes_nothing(model):
    clip = signer(37)
    alone = logits(model, [clip])
    for frames in (38, 40, 64, 101, 195):
        np.testing.assert_allclose(logits(model, [clip], frames), alone, atol=2e-5)


def test_neighbours_in_the_batch_change_nothing(model):
    clips = [signer(n, sign, seed) for n, sign, seed in ((37, 0, 0), (12, 1, 1), (90, 2, 2), (1, 3, 3))]
    together = logits(model, clips)
    for i, clip in enumerate(clips):
        np.testing.assert_allclose(together[i], logits(model, [clip])[0], atol=2e-5)


def test_different_clips_get_different_answers(model):
    assert np.abs(logits(model, [signer(30, 0)]) - logits(model, [signer(30, 3)])).max() > 1e-3


def test_nothing_seen_gives_numbers(model):
    clip = np.full((10, 180, 3), np.nan, np.float32)
    assert np.isfinite(logits(model, [clip])).all()


def test_gradients_are_numbers_where_points_are_missing(model):
    import tensorflow as tf

    clip = signer(20)
    clip[::2, :42], clip[:, 42:48] = np.nan, np.nan
    inputs = {"landmarks": np.stack([clip, clip * np.nan]), "aspect": np.ones(2, np.float32)}
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(model(inputs, training=True) ** 2)
    gradients = [g for g in tape.gradient(loss, model.trainable_variables) if g is not None]
    assert len(gradients) > 10
    assert all(np.isfinite(g).all() for g in gradients)


def test_saved_and_loaded_it_says_the_same(model, tmp_path):
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        assert sorted(archive.namelist()) == ["config.json", "metadata.json", "model.weights.h5"]
        assert b"lambda" not in archive.read("config.json").lower()
    again = keras.models.load_model(tmp_path / "m.keras", safe_mode=True)
    clip = signer(25)
    np.testing.assert_array_equal(logits(again, [clip]), logits(model, [clip]))


@pytest.mark.parametrize("name", SMALL)
def test_the_full_size_is_the_published_one(name):
    net = network(name)
    parameters = net.build(spec(100, tuple(range(180))), net.Hyper()).count_params()
    low, high = {"gislr": (1.5e6, 2.5e6), "convnext_tiny": (27e6, 29e6)}[name]
    assert low < parameters < high


def test_an_unknown_network_is_refused():
    with pytest.raises(ValueError, match="gislr"):
        network("resnet")
