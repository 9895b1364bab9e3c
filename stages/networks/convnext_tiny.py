"""ConvNeXt-Tiny (Liu et al., "A ConvNet for the 2020s", CVPR 2022) on the picture of frames by points.

The published network with three changes: its input is `PointImage`, its width is a parameter, and padding is masked.
keras.applications.ConvNeXtTiny takes no mask, so a clip's answer there would depend on the clips beside it.
Shapes: B clips, T frames, P points, C channels of a stage. `mask` is (B, T, 1, 1).
"""

import keras
from keras import layers, ops

from stages.dataset.spec import TensorSpec
from stages.features.body import BodyNormalization
from stages.features.inputs import PointImage, Unpad, landmark_inputs
from stages.networks.hyper import ConvnextTiny as Hyper
from stages.networks.layers import LateDropout, LayerScale, MaskedMean, Shrink


def block(x, mask, drop: float, hyper: Hyper):
    """Depthwise convolution, then an inverted bottleneck: (B, T, P, C) to (B, T, P, C)."""
    channels = x.shape[-1]
    y = layers.DepthwiseConv2D(hyper.kernel, padding="same")(x * mask)
    y = layers.LayerNormalization(epsilon=1e-6)(y)
    y = layers.Dense(4 * channels, activation="gelu")(y)
    y = layers.Dense(channels)(y)
    y = LayerScale()(y)
    return x + layers.Dropout(drop, noise_shape=(None, 1, 1, 1))(y)


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
    x = PointImage(spec.chosen_landmarks, spec.padding_value, dtype="float32")(*body)  # (B, T, P, 3)
    x, mask = Unpad(spec.padding_value, dtype="float32")(x)
    mask = mask[..., None]  # (B, T, 1, 1)
    done, blocks = 0, sum(hyper.depths)
    for stage, depth in enumerate(hyper.depths):
        if stage:
            x = layers.LayerNormalization(epsilon=1e-6)(x)
        x, mask = Shrink(hyper.width * 2**stage, (2, 2) if stage else (4, 4))(x, mask)  # (B, T / 4·2ⁿ, P / 4·2ⁿ, C)
        if not stage:
            x = layers.LayerNormalization(epsilon=1e-6)(x)
        for _ in range(depth):
            x = block(x, mask, hyper.dropout * done / blocks, hyper)
            done += 1
    x = ops.mean(x, axis=2)  # (B, T / 32, 8 C): over points
    x = MaskedMean()(x, mask[:, :, 0])  # (B, 8 C): over time
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = LateDropout(hyper.late_dropout, late_step)(x)
    logits = layers.Dense(len(spec.labels), dtype="float32", name="logits")(x)
    return keras.Model(inputs, logits, name="convnext_tiny")
