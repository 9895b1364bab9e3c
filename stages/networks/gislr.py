"""GISLR: one-dimensional convolutions and a little attention along time.

After the first-place solution of Kaggle's "Google - Isolated Sign Language Recognition" (H. Sohn, 2023): two times
three convolution blocks with efficient channel attention (Wang et al., ECA-Net, CVPR 2020) and one transformer block.
Shapes: B clips, T frames, D = dim. `mask` (B, T, 1) goes wherever frames meet.
"""

from pydantic import Field, field_validator

from stages.dataset.spec import TensorSpec
from stages.features.pieces import STANDARD, check
from stages.lazy import lazy
from stages.params import Section

keras, layers = lazy("keras"), lazy("keras.layers")
body, inputs, own = lazy("stages.features.body"), lazy("stages.features.inputs"), lazy("stages.networks.layers")


class Hyper(Section):
    """Hyper-parameters of GISLR."""

    dim: int = Field(192, ge=8, description="channels; 192 learns 100 to 1,000 glosses, less is faster")
    stride: int = Field(2, ge=1, description="frames that become one step: 2 halve the work of what follows")
    kernel: int = Field(11, ge=3, description="steps a convolution sees: about 0.9 s")
    groups: int = Field(2, ge=1, description="times (conv blocks, then a transformer block)")
    conv_blocks: int = Field(3, ge=1, description="convolution blocks in each group")
    expand: int = Field(2, ge=1, description="channels inside a block, in multiples of dim")
    heads: int = Field(4, ge=1, description="attention heads; dim must divide by it")
    dropout: float = Field(0.2, ge=0, lt=1, description="drop whole residual branches, and attention")
    late_dropout: float = Field(0.5, ge=0, lt=1, description="dropout before the output, once training is under way")
    pieces: tuple[str, ...] = Field(STANDARD, description="what it sees of a frame, by names in features/pieces.py")

    _known = field_validator("pieces")(check)


def conv_block(x, mask, hyper: Hyper):
    """Inverted bottleneck with a depthwise convolution along time: (B, T, D) to (B, T, D)."""
    y = layers.Dense(hyper.dim * hyper.expand, activation="swish")(x)
    y = y * mask  # the convolution must meet zeros beyond the clip, as at the end of an unpadded one
    y = layers.DepthwiseConv1D(hyper.kernel, padding="same", use_bias=False)(y)
    y = own.MaskedBatchNorm(momentum=0.95)(y, mask)
    y = own.ChannelAttention()(y, mask)
    y = layers.Dense(hyper.dim)(y)
    y = layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1))(y)
    return x + y


def transformer_block(x, mask, hyper: Hyper):
    """Pre-norm attention and feed-forward: (B, T, D) to (B, T, D)."""
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    y = own.Attention(hyper.heads, hyper.dropout)(y, mask)
    x = x + layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1))(y)
    y = layers.LayerNormalization(epsilon=1e-5)(x)
    y = layers.Dense(hyper.dim * hyper.expand, activation="swish", use_bias=False)(y)
    y = layers.Dense(hyper.dim, use_bias=False)(y)
    return x + layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1))(y)


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
    see = inputs.FrameFeatures(spec.chosen_landmarks, spec.padding_value, hyper.pieces, dtype="float32")
    x = see(*normalised)  # (B, T, channels)
    x, mask = inputs.PaddingMask(spec.padding_value, dtype="float32")(x)  # (B, T, channels), (B, T, 1)
    x, mask = own.Shrink(hyper.dim, (hyper.stride, 1), name="stem")(x[:, :, None], mask[..., None])
    x, mask = x[:, :, 0], mask[:, :, 0]  # (B, T / stride, D), (B, T / stride, 1)
    x = own.MaskedBatchNorm(momentum=0.95)(x, mask)
    for _ in range(hyper.groups):
        for _ in range(hyper.conv_blocks):
            x = conv_block(x, mask, hyper)
        x = transformer_block(x, mask, hyper)
    x = layers.Dense(2 * hyper.dim, activation="swish")(x)  # (B, T, 2 D)
    x = own.MaskedMean()(x, mask)  # (B, 2 D)
    x = own.LateDropout(hyper.late_dropout, late_step)(x)
    return keras.Model(raw, own.classify(x, len(spec.labels)))
