"""ConvNeXt-Tiny (Liu et al., "A ConvNet for the 2020s", CVPR 2022) on the picture of frames by points.

The published network with three changes: its input is `PointImage`, its width is a parameter, and padding is masked.
keras.applications.ConvNeXtTiny takes no mask, so a clip's answer there would depend on the clips beside it.
Shapes: B clips, T frames, P points, C channels of a stage. `mask` is (B, T, 1, 1).
"""

from pydantic import Field

from stages.dataset.spec import TensorSpec
from stages.lazy import lazy
from stages.params import Section

keras, layers, ops = lazy("keras"), lazy("keras.layers"), lazy("keras.ops")
body, inputs, own = lazy("stages.features.body"), lazy("stages.features.inputs"), lazy("stages.networks.layers")


class Hyper(Section):
    """Hyper-parameters of ConvNeXt-Tiny."""

    width: int = Field(96, ge=4, description="channels of the first stage; each of the next three doubles them")
    depths: tuple[int, int, int, int] = Field((3, 3, 9, 3), description="blocks in each stage")
    kernel: int = Field(7, ge=3, description="frames and points a convolution sees")
    dropout: float = Field(0.1, ge=0, lt=1, description="drop whole residual branches, more the deeper they lie")
    late_dropout: float = Field(0.5, ge=0, lt=1, description="dropout before the output, once training is under way")


def block(x, mask, drop: float, hyper: Hyper):
    """Depthwise convolution, then an inverted bottleneck: (B, T, P, C) to (B, T, P, C)."""
    channels = x.shape[-1]
    y = layers.DepthwiseConv2D(hyper.kernel, padding="same")(x * mask)
    y = layers.LayerNormalization(epsilon=1e-6)(y)
    y = layers.Dense(4 * channels, activation="gelu")(y)
    y = layers.Dense(channels)(y)
    y = own.LayerScale()(y)
    return x + layers.Dropout(drop, noise_shape=(None, 1, 1, 1))(y)


def build(spec: TensorSpec, hyper: Hyper, late_step: int = 0):
    """The whole network, from raw landmarks to logits.

    Args:
        spec: labels, points and padding value.
        hyper: sizes and dropouts.
        late_step: training step from which the dropout before the output works.

    Returns:
        keras.Model of {"landmarks": (B, T, 180, 3) with NaN, "aspect": (B,)} to logits (B, labels).
    """
    raw = inputs.landmark_inputs()
    normalised = body.BodyNormalization(dtype="float32")(raw["landmarks"], raw["aspect"])
    x = inputs.PointImage(spec.chosen_landmarks, spec.padding_value, dtype="float32")(*normalised)  # (B, T, P, 3)
    x, mask = inputs.PaddingMask(spec.padding_value, dtype="float32")(x)
    mask = mask[..., None]  # (B, T, 1, 1)
    done, blocks = 0, sum(hyper.depths)
    for stage, depth in enumerate(hyper.depths):
        if stage:
            x = layers.LayerNormalization(epsilon=1e-6)(x)
        x, mask = own.Shrink(hyper.width * 2**stage, (2, 2) if stage else (4, 4))(x, mask)  # (B, T / 4·2ⁿ, P / 4·2ⁿ, C)
        if not stage:
            x = layers.LayerNormalization(epsilon=1e-6)(x)
        for _ in range(depth):
            x = block(x, mask, hyper.dropout * done / blocks, hyper)
            done += 1
    x = ops.mean(x, axis=2)  # (B, T / 32, 8 C): over points
    x = own.MaskedMean()(x, mask[:, :, 0])  # (B, 8 C): over time
    x = layers.LayerNormalization(epsilon=1e-6)(x)
    x = own.LateDropout(hyper.late_dropout, late_step)(x)
    return keras.Model(raw, own.classify(x, len(spec.labels)))
