"""GISLR: one-dimensional convolutions and a little attention along time.

After the first-place solution of Kaggle's "Google - Isolated Sign Language Recognition" (H. Sohn, 2023): two times
three convolution blocks with efficient channel attention (Wang et al., ECA-Net, CVPR 2020) and one transformer block.
Shapes: B clips, T frames, D = dim. `mask` (B, T, 1) goes wherever frames meet.
"""

import keras
from keras import layers

from stages.dataset.spec import TensorSpec
from stages.features.body import BodyNormalization
from stages.features.inputs import FrameFeatures, Unpad, landmark_inputs
from stages.networks.hyper import Gislr as Hyper
from stages.networks.layers import Attention, ChannelAttention, LateDropout, MaskedBatchNorm, MaskedMean, Shrink


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
