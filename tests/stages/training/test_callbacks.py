"""Between epochs: the best is kept, and a training that no longer improves ends."""

import keras
import numpy as np
import pytest

from stages.training.callbacks import KeepBest, StopEarly


@pytest.fixture
def model():
    return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])


def after(callback, *measures):
    """Let a callback see epochs of (val accuracy, val loss), with a weight that is the epoch's number."""
    for epoch, (accuracy, loss) in enumerate(measures):
        callback.model.set_weights([np.full_like(weight, epoch) for weight in callback.model.get_weights()])
        callback.on_epoch_end(epoch, {"val_accuracy": accuracy, "val_loss": loss})


def test_the_most_accurate_epoch_is_kept_and_of_equal_ones_that_of_the_lowest_loss(model, tmp_path):
    keep = KeepBest(tmp_path)
    keep.set_model(model)
    assert keep.read() == {}
    after(keep, (0.5, 1.0), (0.7, 2.0), (0.7, 1.5), (0.6, 0.1))
    assert keep.read() == {"epoch": 2, "score": [0.7, -1.5]}
    model.load_weights(keep.weights)
    assert (model.get_weights()[0] == 2).all()
    with pytest.raises(FloatingPointError, match="lower the learning rate"):
        after(keep, (0.9, float("nan")))


def test_a_training_ends_when_neither_measure_has_improved(model):
    stop = StopEarly(2)
    stop.set_model(model)
    model.stop_training = False
    after(stop, (0.5, 1.0), (0.5, 0.9), (0.6, 1.2), (0.6, 0.9))
    assert not model.stop_training
    after(stop, (0.6, 0.9))
    assert model.stop_training
