"""What a network sees of a clip: vectors a frame, or an image of frames by points."""

import keras
from keras import ops

from stages.features import pieces as known
from stages.features.body import hand_shapes


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

    Input: points, seen, signing, chest of `BodyNormalization`. Output: (batch, frames, channels), the pieces one after
    the other. Frames that are not signing hold `padding_value` throughout.

    Args:
        chosen_landmarks: rows of the 180 points.
        padding_value: stands in frames that are not signing.
        pieces: names in `stages.features.pieces.PIECES`, in the order of their channels.

    Raises:
        UnknownPieceError: a piece that this code does not have.
        ValueError: a piece stands there twice, or there is none.
    """

    def __init__(self, chosen_landmarks, padding_value=-100.0, pieces=known.STANDARD, **kwargs):
        super().__init__(chosen_landmarks, padding_value, **kwargs)
        self.pieces = known.check(pieces)

    def call(self, points, seen, signing, chest):
        clip = known.Clip(self.chosen_landmarks, points, seen, chest)
        batch, frames = ops.shape(points)[0], ops.shape(points)[1]
        pieces = [known.PIECES[name].values(clip) for name in self.pieces]
        flat = [ops.reshape(p, (batch, frames, p.shape[2] * p.shape[3])) for p in pieces]
        features = ops.concatenate(flat, axis=-1)
        return ops.where(ops.greater(signing, 0.5), features, self.padding_value)

    def channels(self) -> list[tuple[str, int, int]]:
        """What each channel is: (piece, point, dimension). Equal names mean the same in two models."""
        return known.channels(self.pieces, self.chosen_landmarks)

    def compute_output_shape(self, points_shape, seen_shape, signing_shape, chest_shape):
        """(batch, frames, channels)."""
        return (*points_shape[:2], len(self.channels()))

    def get_config(self):
        """What `from_config` needs."""
        return {**super().get_config(), "pieces": list(self.pieces)}

    @classmethod
    def from_config(cls, config):
        """As saved; models saved before pieces could be chosen have the standard ones."""
        known.check(config.get("pieces", known.STANDARD))  # here, since Keras hides what a constructor raises
        return super().from_config(config)


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


@keras.saving.register_keras_serializable("islr", name="Unpad")  # its name in saved models
class PaddingMask(keras.layers.Layer):
    """Read the padding: (batch, frames, …) to the same with 0 in its place, and a mask (batch, frames, 1) of 1 and 0.

    The mask goes to every layer that mixes frames, so padding changes nothing.
    """

    def __init__(self, padding_value=-100.0, **kwargs):
        super().__init__(**kwargs)
        self.padding_value = float(padding_value)

    def call(self, inputs):
        first = inputs[:, :, 0, :1] if len(inputs.shape) == 4 else inputs[:, :, :1]
        mask = ops.not_equal(first, self.padding_value)
        wide = mask[..., None] if len(inputs.shape) == 4 else mask
        return ops.where(wide, inputs, 0.0), ops.cast(mask, inputs.dtype)

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
