"""Raw landmarks to a skeleton in the frame of reference of its hands, inside the graph.

Everything here runs alike in training and in the exported model. Nothing has a computed size, and no NaN ever meets
arithmetic: `where` comes first, since 0 * NaN is NaN.
"""

import keras
from keras import ops

from bentos.contract.skeleton import (
    FACE,
    HANDS,
    KNUCKLES,
    LEFT_HAND,
    LEFT_SHOULDER,
    POSE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    SHOULDERS_PER_PALM,
)

# As SHOULDERS_PER_PALM, where no palm is whole; it tells the width within 50 %.
SHOULDERS_PER_HAND_SPREAD = 3.4
# Where the middle of the shoulders is in a picture, as fractions of width and height: medians over 4,112 WLASL clips;
# 90 % of them lie within 0.07 of it.
CHEST_IN_PICTURE = (0.51, 0.52)
TINY = 1e-4


def _mean(values, weight, axis):
    """Weighted mean that keeps its axes; 0 where nothing has weight."""
    total = ops.sum(weight, axis=axis, keepdims=True)
    return ops.sum(values * weight, axis=axis, keepdims=True) / ops.maximum(total, 1.0)


def _palms(points, seen):
    """Distance from wrist to knuckles (batch, frames, 2, 1), and whether all of them were seen (the same)."""
    wrists, wrists_seen = (ops.take(v, (LEFT_HAND.start, RIGHT_HAND.start), axis=2) for v in (points, seen))
    length, known = 0.0, wrists_seen
    for i in KNUCKLES:
        knuckle, knuckle_seen = (
            ops.take(v, (LEFT_HAND.start + i, RIGHT_HAND.start + i), axis=2) for v in (points, seen)
        )
        length = length + ops.sqrt(ops.sum(ops.square(knuckle - wrists), axis=-1, keepdims=True) + TINY**2)
        known = known * knuckle_seen
    return length / len(KNUCKLES), known


@keras.saving.register_keras_serializable("islr")
class BodyNormalization(keras.layers.Layer):
    """Undo the picture's aspect, then centre and scale each clip by its signer's hands.

    Input: landmarks (batch, frames, 180, 3) image fractions with NaN = not seen; aspect (batch,) width / height.
    Output: points (batch, frames, 180, 3) from the mean of all hand points, in shoulder widths as the palms tell them,
    0 where not seen (the pose's z too: MediaPipe's Python and JavaScript disagree on it); seen (batch, frames, 180, 1),
    1 or 0; signing (batch, frames, 1), 1 from the first to the last frame with a hand, else 0 (padding is not
    signing); chest (batch, 1, 1, 4): x and y of the middle of the shoulders and their width, on the scale of points,
    and 1 if they were seen in any frame, or 0 if the usual place in a picture and the palms' guess stand there.

    One centre and one scale serve a whole clip, so that motion stays motion. Both come from the hands, whatever else
    is seen: a frame of reference that changes when a body comes into view makes the same hands look different.
    """

    def call(self, landmarks, aspect):
        is_number = ops.equal(landmarks, landmarks)
        seen = ops.cast(ops.all(is_number, axis=-1, keepdims=True), landmarks.dtype)
        points = ops.where(is_number, landmarks, 0.0) * seen
        ones = ops.ones_like(aspect)
        points = points * ops.stack([aspect, ones, aspect], axis=-1)[:, None, None, :]
        centre, scale = self._frame_of_reference(points, seen)
        flat = ops.concatenate([points[..., :2] - centre, points[..., 2:]], axis=-1) / scale
        parts = ([HANDS, 1.0], [POSE, 0.0], [FACE, 1.0])
        flat = ops.concatenate([flat[:, :, p] * ops.convert_to_tensor([1.0, 1.0, z]) for p, z in parts], axis=2)
        flat = flat * seen
        return flat, seen, self._signing(seen), self._chest(flat, seen, aspect, centre, scale)

    def _frame_of_reference(self, points, seen):
        """Centre (batch, 1, 1, 2) and scale (batch, 1, 1, 1) of each clip, in image heights."""
        hands, hands_seen = points[:, :, HANDS, :2], seen[:, :, HANDS]
        centre = _mean(hands, hands_seen, axis=(1, 2))
        variance = _mean(ops.square(hands - centre), hands_seen, axis=(1, 2))
        spread = ops.sqrt(ops.mean(variance, axis=-1, keepdims=True) + TINY**2) * SHOULDERS_PER_HAND_SPREAD
        palm, palm_seen = _palms(points, seen)
        has_palm = ops.greater(ops.sum(palm_seen, axis=(1, 2), keepdims=True), 0.0)
        scale = ops.where(has_palm, _mean(palm, palm_seen, axis=(1, 2)) * SHOULDERS_PER_PALM, spread)
        return centre, ops.maximum(scale, TINY)

    def _chest(self, points, seen, aspect, centre, scale):
        """(batch, 1, 1, 4): x, y and width of the shoulders, and whether they were seen."""
        left, right = (points[:, :, i : i + 1, :2] for i in (LEFT_SHOULDER, RIGHT_SHOULDER))
        both = seen[:, :, LEFT_SHOULDER : LEFT_SHOULDER + 1] * seen[:, :, RIGHT_SHOULDER : RIGHT_SHOULDER + 1]
        width = ops.sqrt(ops.sum(ops.square(left - right), axis=-1, keepdims=True) + TINY**2)
        known = ops.max(both, axis=1, keepdims=True)  # (batch, 1, 1, 1)
        middle = ops.stack([CHEST_IN_PICTURE[0] * aspect, CHEST_IN_PICTURE[1] * ops.ones_like(aspect)], axis=-1)
        guessed = ops.concatenate([(middle[:, None, None, :] - centre) / scale, ops.ones_like(known)], axis=-1)
        measured = ops.concatenate([_mean((left + right) / 2, both, axis=(1, 2)), _mean(width, both, (1, 2))], axis=-1)
        return ops.concatenate([ops.where(ops.greater(known, 0.5), measured, guessed), known], axis=-1)

    def _signing(self, seen):
        """(batch, frames, 1): 1 from the first to the last frame with a hand."""
        hand = ops.max(seen[:, :, HANDS, 0], axis=-1)
        so_far = ops.cumsum(hand, axis=1)
        still_to_come = ops.sum(hand, axis=1, keepdims=True) - so_far + hand
        inside = ops.logical_and(ops.greater(so_far, 0.5), ops.greater(still_to_come, 0.5))
        return ops.cast(inside, seen.dtype)[..., None]

    def compute_output_shape(self, landmarks_shape, aspect_shape):
        """Shapes of points, seen, signing and chest."""
        batch, frames, points, _ = landmarks_shape
        return (batch, frames, points, 3), (batch, frames, points, 1), (batch, frames, 1), (batch, 1, 1, 4)


def hand_shapes(points, seen):
    """Both hands from their own wrist, in their own size: what the fingers do, wherever the hand is.

    Args:
        points: (batch, frames, 180, 3) from `BodyNormalization`.
        seen: (batch, frames, 180, 1).

    Returns:
        (batch, frames, 42, 3); a palm (wrist to the four knuckles) is about 1 long; 0 where not seen.
    """
    shapes = []
    for part in (LEFT_HAND, RIGHT_HAND):
        hand, hand_seen = points[:, :, part], seen[:, :, part]
        from_wrist = (hand - hand[:, :, :1]) * hand_seen * hand_seen[:, :, :1]
        knuckles = ops.stack([from_wrist[:, :, i] for i in KNUCKLES], axis=2)
        palm = ops.mean(ops.sqrt(ops.sum(ops.square(knuckles), axis=-1, keepdims=True) + TINY**2), 2, keepdims=True)
        shapes.append(from_wrist / ops.maximum(palm, 10 * TINY))
    return ops.concatenate(shapes, axis=2)
