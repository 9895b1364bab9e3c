"""What a network sees of a clip: vectors a frame, or an image of frames by points."""

import keras
from keras import ops

from bentos.contract.skeleton import PARTS
from stages.features.body import hand_shapes

TRACKED = (0, 8, 21, 29)  # wrist and tip of the index finger, left and right: where the hands are
FRAMES_APART = (1, 2)


def _difference(values, known, apart):
    """How `values` (batch, frames, points, dims) change over `apart` frames; 0 where either end is not known."""
    change = (values[:, apart:] - values[:, :-apart]) * known[:, apart:] * known[:, :-apart]
    return ops.concatenate([change, ops.zeros_like(values[:, :apart])], axis=1)


class _Chosen(keras.layers.Layer):
    """Base: which points, and what stands in frames that are not part of the signing."""

    def __init__(self, chosen_landmarks, padding_value=-100.0, **kwargs):
        super().__init__(**kwargs)
        self.chosen_landmarks = tuple(int(i) for i in chosen_landmarks)
        self.padding_value = float(padding_value)

    def get_config(self):
        """What `from_config` needs."""
        own = {"chosen_landmarks": list(self.chosen_landmarks), "padding_value": self.padding_value}
        return {**super().get_config(), **own}

    def choose(self, points):
        """(batch, frames, 180, d) to (batch, frames, chosen, d)."""
        return ops.take(points, self.chosen_landmarks, axis=2)


@keras.saving.register_keras_serializable("islr")
class FrameFeatures(_Chosen):
    """One vector a frame, for networks that run along time.

    Input: points, seen, signing, chest of `BodyNormalization`. Output: (batch, frames, channels): x and y of the chosen
    points; hand shapes; the change of both over one and over two frames; wrists and index finger tips from the chest,
    in shoulder widths; whether the chest was seen, and which of the parts that hold a chosen point. Frames that are not
    signing hold `padding_value` throughout.
    """

    def call(self, points, seen, signing, chest):
        place, place_seen = self.choose(points[..., :2]), self.choose(seen)
        shape, shape_seen = hand_shapes(points, seen), seen[:, :, :42]
        pieces = [place, shape]
        for apart in FRAMES_APART:
            pieces += [_difference(place, place_seen, apart), _difference(shape, shape_seen, apart)]
        tracked, tracked_seen = (ops.take(v, TRACKED, axis=2) for v in (points[..., :2], seen))
        pieces.append((tracked - chest[..., :2]) / ops.maximum(chest[..., 2:3], 0.1) * tracked_seen)
        batch, frames = ops.shape(points)[0], ops.shape(points)[1]
        pieces.append(ops.broadcast_to(chest[..., 3:], (batch, frames, 1, 1)))
        pieces += [ops.max(seen[:, :, part], axis=2, keepdims=True) for part in self._parts()]
        flat = [ops.reshape(p, (batch, frames, p.shape[2] * p.shape[3])) for p in pieces]
        features = ops.concatenate(flat, axis=-1)
        return ops.where(ops.greater(signing, 0.5), features, self.padding_value)

    def _parts(self):
        """The parts that hold a chosen point: what is not looked at must not tell by being there."""
        return [p for p in PARTS.values() if any(p.start <= i < p.stop for i in self.chosen_landmarks)]

    def channels(self) -> list[tuple[str, int, int]]:
        """What each channel is: (piece, point, dimension). Equal names mean the same in two models."""
        moving = [("place", i, d) for i in self.chosen_landmarks for d in range(2)]
        moving += [("shape", i, d) for i in range(42) for d in range(3)]
        changes = [(f"{piece} change over {apart}", i, d) for apart in FRAMES_APART for piece, i, d in moving]
        tracked = [("from the chest", i, d) for i in TRACKED for d in range(2)]
        return [*moving, *changes, *tracked, ("chest seen", 0, 0), *(("seen", p.start, 0) for p in self._parts())]

    def compute_output_shape(self, points_shape, seen_shape, signing_shape, chest_shape):
        """(batch, frames, channels)."""
        return (*points_shape[:2], len(self.channels()))


@keras.saving.register_keras_serializable("islr")
class PointImage(_Chosen):
    """A picture with time downwards, points across and x, y, z as colours, for networks made for images.

    Input: points, seen, signing, chest of `BodyNormalization`. Output: (batch, frames, chosen + 42, 3): the chosen
    points, then both hands' shapes. Frames that are not signing hold `padding_value` throughout.
    """

    def call(self, points, seen, signing, chest):
        image = ops.concatenate([self.choose(points), hand_shapes(points, seen)], axis=2)
        return ops.where(ops.greater(signing[..., None], 0.5), image, self.padding_value)

    def compute_output_shape(self, points_shape, seen_shape, signing_shape, chest_shape):
        """(batch, frames, points, 3)."""
        return (*points_shape[:2], len(self.chosen_landmarks) + 42, 3)


@keras.saving.register_keras_serializable("islr")
class Unpad(keras.layers.Layer):
    """Read the padding: (batch, frames, …) to the same with 0 in its place, and a mask (batch, frames, 1) of 1 and 0.

    The mask goes to every layer that mixes frames, so padding changes nothing.
    """

    def __init__(self, padding_value=-100.0, **kwargs):
        super().__init__(**kwargs)
        self.padding_value = float(padding_value)

    def call(self, inputs):
        first = inputs[:, :, 0, :1] if len(inputs.shape) == 4 else inputs[:, :, :1]
        there = ops.not_equal(first, self.padding_value)
        wide = there[..., None] if len(inputs.shape) == 4 else there
        return ops.where(wide, inputs, 0.0), ops.cast(there, inputs.dtype)

    def compute_output_shape(self, input_shape):
        """Shapes of values and mask."""
        return tuple(input_shape), (*input_shape[:2], 1)

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "padding_value": self.padding_value}


def landmark_inputs():
    """The inputs of every network: landmarks (batch, frames, 180, 3) with NaN, aspect (batch,)."""
    return {
        "landmarks": keras.Input((None, 180, 3), name="landmarks", dtype="float32"),
        "aspect": keras.Input((), name="aspect", dtype="float32"),
    }
