"""Layers that both networks share; all take a mask, so that padding changes nothing."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("islr")
class MaskedMean(keras.layers.Layer):
    """Mean over time of what is there: (batch, frames, channels), mask (batch, frames, 1) to (batch, channels)."""

    def call(self, inputs, there):
        there = ops.cast(there, inputs.dtype)
        return ops.sum(inputs * there, axis=1) / ops.maximum(ops.sum(there, axis=1), 1.0)

    def compute_output_shape(self, inputs_shape, there_shape):
        """(batch, channels)."""
        return inputs_shape[0], inputs_shape[-1]


@keras.saving.register_keras_serializable("islr")
class MaskedBatchNorm(keras.layers.BatchNormalization):
    """Batch normalisation whose statistics leave padding out; (batch, frames, channels), mask (batch, frames, 1)."""

    def build(self, inputs_shape, there_shape):
        super().build(inputs_shape)

    def call(self, inputs, there, training=None):
        return super().call(inputs, training=training, mask=ops.greater(there[..., 0], 0.5))

    def compute_output_shape(self, inputs_shape, there_shape):
        """As the input."""
        return inputs_shape


@keras.saving.register_keras_serializable("islr")
class LateDropout(keras.layers.Dropout):
    """Dropout that begins after `start_step` training steps (Kaggle ISLR 2023, first place).

    A strong dropout from the first step on keeps a small network from learning at all.
    """

    def __init__(self, rate, start_step=0, **kwargs):
        super().__init__(rate, **kwargs)
        self.start_step = int(start_step)

    def build(self, input_shape):
        self.step = self.add_weight(name="step", shape=(), dtype="int32", initializer="zeros", trainable=False)
        super().build(input_shape)

    def call(self, inputs, training=False):
        if not training:
            return inputs
        started = ops.greater_equal(self.step, self.start_step)
        self.step.assign(self.step + 1)
        return ops.where(started, super().call(inputs, training=True), inputs)

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "start_step": self.start_step}
