"""GISLR: one-dimensional convolutions and a little attention along time.

After the first-place solution of Kaggle's "Google - Isolated Sign Language Recognition" (H. Sohn, 2023): two times
three convolution blocks with efficient channel attention (Wang et al., ECA-Net, CVPR 2020) and one transformer block.
Shapes: B clips, T frames, D = dim. `mask` (B, T, 1) goes wherever frames meet.
"""

import keras
from keras import layers, ops

from stages.dataset.spec import TensorSpec
from stages.features.body import BodyNormalization
from stages.features.inputs import FrameFeatures, Unpad, landmark_inputs
from stages.networks.hyper import Gislr as Hyper
from stages.networks.layers import LateDropout, MaskedBatchNorm, MaskedMean, Shrink


@keras.saving.register_keras_serializable("islr")
class ChannelAttention(layers.Layer):
    """ECA: weigh channels by a small convolution over their means in time; (B, T, C), mask to (B, T, C)."""

    def __init__(self, kernel=5, **kwargs):
        super().__init__(**kwargs)
        self.kernel = kernel
        self.mean = MaskedMean()
        self.conv = layers.Conv1D(1, kernel, padding="same", use_bias=False)

    def build(self, inputs_shape, there_shape):
        self.conv.build((inputs_shape[0], inputs_shape[-1], 1))

    def call(self, inputs, there):
        weight = self.conv(self.mean(inputs, there)[..., None])  # (B, C, 1)
        return inputs * ops.sigmoid(ops.transpose(weight, (0, 2, 1)))

    def compute_output_shape(self, inputs_shape, there_shape):
        """As the input."""
        return inputs_shape

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "kernel": self.kernel}


@keras.saving.register_keras_serializable("islr")
class Attention(layers.Layer):
    """Multi-head self-attention over frames that are there; (B, T, D), mask (B, T, 1) to (B, T, D)."""

    def __init__(self, heads, dropout=0.0, **kwargs):
        super().__init__(**kwargs)
        self.heads, self.dropout_rate = heads, dropout
        self.dropout = layers.Dropout(dropout)

    def build(self, inputs_shape, there_shape):
        dim = inputs_shape[-1]
        if dim % self.heads:
            raise ValueError(f"dim {dim} must divide by heads {self.heads}")
        self.to_qkv = layers.Dense(3 * dim, use_bias=False, name="to_qkv")
        self.to_out = layers.Dense(dim, use_bias=False, name="to_out")
        self.to_qkv.build(inputs_shape)
        self.to_out.build(inputs_shape)

    def call(self, inputs, there, training=False):
        batch, frames, dim = ops.shape(inputs)[0], ops.shape(inputs)[1], inputs.shape[-1]
        qkv = ops.reshape(self.to_qkv(inputs), (batch, frames, 3 * self.heads, dim // self.heads))
        query, key, value = ops.split(ops.transpose(qkv, (0, 2, 1, 3)), 3, axis=1)  # (B, heads, T, D / heads)
        scores = ops.matmul(query, ops.transpose(key, (0, 1, 3, 2))) * (dim // self.heads) ** -0.5
        # by index, not by transpose: TFLite converts the transpose of (1, T, 1) into something else, without an error
        blocked = (1.0 - ops.cast(there[:, :, 0], scores.dtype)) * -1e4  # (B, T)
        weights = self.dropout(ops.softmax(scores + blocked[:, None, None, :]), training=training)
        mixed = ops.transpose(ops.matmul(weights, value), (0, 2, 1, 3))
        return self.to_out(ops.reshape(mixed, (batch, frames, dim)))

    def compute_output_shape(self, inputs_shape, there_shape):
        """As the input."""
        return inputs_shape

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "heads": self.heads, "dropout": self.dropout_rate}


def conv_block(x, mask, hyper: Hyper):
    """Inverted bottleneck with a depthwise convolution along time: (B, T, D) to (B, T, D)."""
    y = layers.Dense(hyper.dim * hyper.expand, activation="swish")(x)
    y = y * mask  # the convolution must meet zeros beyond the clip, as at the end of an unpadded one
    y = layers.DepthwiseConv1D(hyper.kernel, padding="same", use_bias=False)(y)
    y = MaskedBatchNorm(momentum=0.95)(y, mask)
    y = ChannelAttention()(y, mask)
    y = layers.Dense(hyper.dim)(y)
    y = layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1))(y)
    return x + y


def transformer_block(x, mask, hyper: Hyper):
    """Pre-norm attention and feed-forward: (B, T, D) to (B, T, D)."""
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    y = Attention(hyper.heads, hyper.dropout)(y, mask)
    x = x + layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1))(y)
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    y = layers.Dense(hyper.dim * hyper.expand, activation="swish", use_bias=False)(y)
    y = layers.Dense(hyper.dim, use_bias=False)(y)
    return x + layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1))(y)


def build(spec: TensorSpec, hyper: Hyper, late_step: int = 0) -> keras.Model:
    """The whole network, from raw landmarks to logits.

    Args:
        spec: labels, points and padding value.
        hyper: sizes and dropouts.
        late_step: training step from which the dropout before the output works.

    Returns:
        Model of {"landmarks": (B, T, 180, 3) with NaN, "aspect": (B,)} to logits (B, labels).
    """
    inputs = landmark_inputs()
    body = BodyNormalization(dtype="float32")(inputs["landmarks"], inputs["aspect"])
    x = FrameFeatures(spec.chosen_landmarks, spec.padding_value, dtype="float32")(*body)  # (B, T, channels)
    x, mask = Unpad(spec.padding_value, dtype="float32")(x)  # (B, T, channels), (B, T, 1)
    x, mask = Shrink(hyper.dim, (hyper.stride, 1), name="stem")(x[:, :, None], mask[..., None])
    x, mask = x[:, :, 0], mask[:, :, 0]  # (B, T / stride, D), (B, T / stride, 1)
    x = MaskedBatchNorm(momentum=0.95)(x, mask)
    for _ in range(hyper.groups):
        for _ in range(hyper.conv_blocks):
            x = conv_block(x, mask, hyper)
        x = transformer_block(x, mask, hyper)
    x = layers.Dense(2 * hyper.dim, activation="swish")(x)  # (B, T, 2 D)
    x = MaskedMean()(x, mask)  # (B, 2 D)
    x = LateDropout(hyper.late_dropout, late_step)(x)
    logits = layers.Dense(len(spec.labels), dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="gislr")
