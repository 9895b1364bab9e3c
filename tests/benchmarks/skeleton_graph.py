"""A graph network over the joints of both hands, which was tried beside GISLR.

Graph convolutions along fingers and learnt ones beside them, after Yan et al., "Spatial temporal graph convolutional
networks" (AAAI 2018) and Shi et al., "Two-stream adaptive graph convolutional networks" (CVPR 2019).
Shapes: B clips, T frames, V joints, C channels. `mask` is (B, T, 1, 1).
"""

import itertools

import keras
import numpy as np
from keras import layers, ops
from pydantic import Field

from bentos.contract.skeleton import HANDS
from stages.dataset.spec import TensorSpec
from stages.features import body, inputs
from stages.networks import layers as own
from stages.params import Section

JOINTS = HANDS.stop - HANDS.start
PIECES = ("place", "shape", "place_motion_1", "shape_motion_1", "place_motion_2", "shape_motion_2")
FINGERS = ((0, 1, 2, 3, 4), *((0, *range(first, first + 4)) for first in (5, 9, 13, 17)))


class Hyper(Section):
    """Hyper-parameters of the graph network."""

    widths: tuple[int, ...] = Field((64, 128, 192), description="channels of each stage; each halves the frames")
    blocks: int = Field(2, ge=1, description="blocks in each stage")
    kernel: int = Field(9, ge=3, description="steps a convolution along time sees")
    dropout: float = Field(0.2, ge=0, lt=1, description="drop whole residual branches")
    late_dropout: float = Field(0.5, ge=0, lt=1, description="dropout before the output, once training is under way")


def adjacency() -> np.ndarray:
    """(3, V, V), rows of sum 1 at most: each joint itself, the one towards the wrist, those away from it."""
    towards = np.zeros((JOINTS, JOINTS), np.float32)
    for wrist in (0, 21):
        for finger in FINGERS:
            for near, far in itertools.pairwise(finger):
                towards[wrist + far, wrist + near] = 1
    towards[0, 21] = towards[21, 0] = 1  # the hands see each other by their wrists
    away = towards.T / np.maximum(towards.T.sum(axis=1, keepdims=True), 1)
    return np.stack([np.eye(JOINTS, dtype=np.float32), towards, away])


@keras.saving.register_keras_serializable("islr")
class GraphConvolution(layers.Layer):
    """Each joint from its neighbours, along the fingers and as learnt: (B, T, V, C) to (B, T, V, filters)."""

    def __init__(self, filters, **kwargs):
        super().__init__(**kwargs)
        self.filters = filters
        self.mixes = [layers.Dense(filters, use_bias=not k) for k in range(3)]

    def build(self, input_shape):
        known = adjacency()
        self.edges = self.add_weight(name="edges", shape=known.shape, initializer=lambda *_, **__: ops.array(known))
        for mix in self.mixes:
            mix.build(input_shape)

    def call(self, inputs):
        edges = ops.cast(self.edges, inputs.dtype)
        return sum(mix(ops.matmul(edges[k], inputs)) for k, mix in enumerate(self.mixes))

    def compute_output_shape(self, input_shape):
        """(B, T, V, filters)."""
        return (*input_shape[:-1], self.filters)

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "filters": self.filters}


def block(x, mask, hyper: Hyper):
    """Joints mix, then frames: (B, T, V, C) to (B, T, V, C)."""
    channels = x.shape[-1]
    y = GraphConvolution(channels)(layers.LayerNormalization(epsilon=1e-5)(x))
    y = layers.Activation("swish")(y) * mask
    y = layers.DepthwiseConv2D((hyper.kernel, 1), padding="same", use_bias=False)(y)
    y = layers.Dense(channels)(layers.LayerNormalization(epsilon=1e-5)(y))
    return x + layers.Dropout(hyper.dropout, noise_shape=(None, 1, 1, 1))(y)


def build(spec: TensorSpec, hyper: Hyper, late_step: int = 0):
    """The whole network, from raw landmarks to logits, as those in `stages.networks`."""
    hands = tuple(range(HANDS.start, HANDS.stop))
    raw = inputs.landmark_inputs()
    normalised = body.BodyNormalization(dtype="float32")(raw["landmarks"], raw["aspect"])
    see = inputs.FrameFeatures(hands, spec.padding_value, PIECES, dtype="float32")
    x, mask = inputs.PaddingMask(spec.padding_value, dtype="float32")(see(*normalised))
    parts, done = [], 0
    for dims in (2, 3) * 3:
        parts.append(layers.Reshape((-1, JOINTS, dims))(x[:, :, done : done + JOINTS * dims]))
        done += JOINTS * dims
    x, mask = layers.Concatenate()(parts), mask[..., None]  # (B, T, V, 15), (B, T, 1, 1)
    for width in hyper.widths:
        x, mask = own.Shrink(width, (2, 1))(x, mask)
        for _ in range(hyper.blocks):
            x = block(x, mask, hyper)
    x = layers.LayerNormalization(epsilon=1e-5)(x)
    x = layers.Concatenate()([ops.mean(x[:, :, :21], axis=2), ops.mean(x[:, :, 21:], axis=2)])  # (B, T, 2 C)
    x = layers.Dense(2 * hyper.widths[-1], activation="swish")(x)
    x = own.MaskedMean()(x, mask[:, :, 0])
    x = own.LateDropout(hyper.late_dropout, late_step)(x)
    return keras.Model(raw, own.classify(x, len(spec.labels)))
