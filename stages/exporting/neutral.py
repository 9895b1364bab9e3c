"""A body that is nobody's: still face and shoulders by formula, and arms that follow the hands.

Lengths are in shoulder widths from the middle of the shoulders, x to the right of the picture and y down; the
proportions are medians over clips of many signers.
"""

import numpy as np

from bentos.contract.skeleton import (
    FACE,
    FACE_INDICES,
    HANDS,
    LEFT_HAND,
    LEFT_SHOULDER,
    MIRROR,
    NUM_LANDMARKS,
    POSE,
    RIGHT_HAND,
    RIGHT_SHOULDER,
)

ASPECT = 4 / 3  # of the picture that a figure stands in: width / height
CHEST = np.array([0.5, 0.52])  # where the middle of the shoulders is in it
SHOULDERS = 0.36  # how wide they are in it, in picture heights
LOWEST = (1 - CHEST[1]) / SHOULDERS  # the picture's lower edge, in shoulder widths below their middle
SHOULDER = 0.5
UPPER_ARM, FOREARM = 0.95, 1.0  # as long as they are seen at most
# The elbow from its shoulder, outwards and down: for a wrist at the shoulder, and how far it follows one that is
# elsewhere (least squares over 17,164 arms of signers; it is off by 0.15)
USUAL_ELBOW = np.array([0.38, 0.67])
ELBOW_FOLLOWS = np.array([[0.32, -0.06], [-0.12, 0.26]])
AT_REST = np.array([0.65, 1.5])  # wrist of an arm that is not used, below the picture
LOWERING = 4  # frames that an arm takes to rest
FACE_CENTRE, FACE_RADII = np.array([0.0, -0.5625]), np.array([0.225, 0.2815])
# MediaPipe's numbers along curves that start at one point and end at another; their middle is lifted by so much
CURVES = (
    ((70, 63, 105, 66, 107), (-0.175, -0.715), (-0.04, -0.72), 0.03),  # brow
    ((46, 53, 52, 65, 55), (-0.165, -0.7), (-0.045, -0.705), 0.025),
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (-0.15, -0.66), (-0.06, -0.66), 0.022),  # eye
    ((33, 7, 163, 144, 145, 153, 154, 155, 133), (-0.15, -0.66), (-0.06, -0.66), -0.018),
    ((61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291), (-0.08, -0.43), (0.08, -0.43), 0.025),  # lips
    ((61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291), (-0.08, -0.43), (0.08, -0.43), -0.033),
    ((78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308), (-0.065, -0.43), (0.065, -0.43), 0.005),
    ((78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308), (-0.065, -0.43), (0.065, -0.43), -0.005),
    ((468,), (-0.105, -0.662), (-0.105, -0.662), 0.0),  # iris, nose tip, between the brows
    ((4,), (0.0, -0.55), (0.0, -0.55), 0.0),
    ((8,), (0.0, -0.69), (0.0, -0.69), 0.0),
)
# from the forehead down to the chin, on the picture's left
OUTLINE = (10, 109, 67, 103, 54, 21, 162, 127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)


def still_points() -> np.ndarray:
    """(180, 2): face and shoulders; NaN for all that moves."""
    points = np.full((NUM_LANDMARKS, 2), np.nan)
    row = {index: FACE.start + i for i, index in enumerate(FACE_INDICES)}
    for indices, start, end, lift in CURVES:
        share = np.linspace(0, 1, len(indices))[:, None]
        line = np.array(start) * (1 - share) + np.array(end) * share
        points[[row[i] for i in indices]] = line - (0, lift) * np.sin(np.pi * share)
    turn = np.linspace(0, np.pi, len(OUTLINE))
    points[[row[i] for i in OUTLINE]] = FACE_CENTRE - FACE_RADII * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    other = points[list(MIRROR)] * (-1, 1)
    points = np.where(np.isnan(points), other, points)
    points[[LEFT_SHOULDER, RIGHT_SHOULDER]] = (SHOULDER, 0), (-SHOULDER, 0)
    return points


def with_body(hands: np.ndarray) -> np.ndarray:
    """Put a body to moving hands.

    Args:
        hands: (frames, 42, 3) in shoulder widths, NaN = not seen.

    Returns:
        (frames, 180, 3) image fractions in a picture of `ASPECT`; only hands may be NaN.
    """
    points = np.zeros((len(hands), NUM_LANDMARKS, 3))
    points[..., :2] = still_points()
    points[:, HANDS] = hands
    for first, hand, side in ((POSE.start, LEFT_HAND, 1), (POSE.start + 1, RIGHT_HAND, -1)):
        wrists = _to_rest(hands[:, hand.start, :2], AT_REST * (side, 1))
        points[:, first + 2, :2], points[:, first + 4, :2] = _elbows(wrists, side), wrists
    points[..., :2] += CHEST * (ASPECT, 1) / SHOULDERS
    return (points * SHOULDERS / (ASPECT, 1, ASPECT)).astype(np.float32)


def _to_rest(wrists: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Wrists that were not seen: on the way to rest, or back from it, or there."""
    frames = np.arange(len(wrists))
    there = np.flatnonzero(~np.isnan(wrists[:, 0]))
    if not len(there):
        return np.tile(rest, (len(wrists), 1))
    away = np.abs(frames[:, None] - there)
    nearest = there[away.argmin(axis=1)]
    share = np.minimum(away.min(axis=1) / LOWERING, 1)[:, None]
    return wrists[nearest] * (1 - share) + rest * share


def _elbows(wrists: np.ndarray, side: int) -> np.ndarray:
    """Where elbows usually are for such wrists, no farther away than the bones reach."""
    shoulder = np.array([SHOULDER * side, 0.0])
    hand = (wrists - shoulder) * (side, 1)
    elbow = _within(hand, USUAL_ELBOW + hand @ ELBOW_FOLLOWS, FOREARM)
    return shoulder + _within(np.zeros(2), elbow, UPPER_ARM) * (side, 1)


def _within(start: np.ndarray, end: np.ndarray, longest: float) -> np.ndarray:
    """The ends, (n, 2), drawn to their starts where they are farther away than `longest`."""
    bone = end - start
    return start + bone * np.minimum(longest / np.maximum(np.linalg.norm(bone, axis=1, keepdims=True), longest), 1)
