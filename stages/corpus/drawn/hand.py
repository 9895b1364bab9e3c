"""A drawn hand: 21 joints in space from a hand shape and an orientation.

Numbering is MediaPipe's (0 wrist, 1-4 thumb, 5-8 index, 9-12 middle, 13-16 ring, 17-20 little finger), lengths are in
centimetres after an adult's mean hand. A right hand in its rest orientation shows its palm to the camera, fingers
up: x runs to the thumb, y to the finger tips, z out of the palm to the camera.
"""

from dataclasses import dataclass

import numpy as np

KNUCKLES = np.array([[2.7, 8.8, 0.0], [0.7, 9.3, 0.0], [-1.3, 8.8, 0.0], [-3.1, 7.8, 0.0]])
PHALANGES = np.array([[4.5, 2.8, 2.3], [5.0, 3.2, 2.4], [4.6, 3.0, 2.3], [3.6, 2.2, 2.0]])
SPLAY = np.radians([16.0, 3.0, -9.0, -21.0])  # of index to little finger when spread
FLEXION = np.radians([[85.0, 185.0, 250.0]])  # of a finger's three bones, from the palm's plane, when curled
THUMB_BASE = np.array([2.7, 2.2, 0.4])
THUMB_BONES = np.array([4.2, 3.3, 2.8])


@dataclass(frozen=True)
class HandShape:
    """How a hand is held.

    Attributes:
        curls: thumb to little finger; 0 = straight, 1 = in the fist.
        spread: how far the fingers are apart; 0 = side by side, 1 = fanned out.
        thumb: how far the thumb stands off; 0 = along the palm, 1 = square to it.
    """

    curls: tuple[float, float, float, float, float]
    spread: float = 0.2
    thumb: float = 0.3

    def vector(self) -> np.ndarray:
        """The shape as (7,) numbers, so that shapes can be blended: five curls, spread, thumb."""
        return np.array([*self.curls, self.spread, self.thumb])


def joints(shape: np.ndarray, roll: float, yaw: float, pitch: float) -> np.ndarray:
    """Place the joints of a right hand.

    Args:
        shape: (7,) as `HandShape.vector` gives it.
        roll: degrees that the fingers lean to the thumb's side in the picture's plane.
        yaw: degrees about the fingers' axis; 0 shows the palm, 90 the edge, 180 the back.
        pitch: degrees that the finger tips lean to the camera.

    Returns:
        (21, 3) centimetres from the wrist; x to the right of the picture, y up, z to the camera.
    """
    curls, spread, thumb = shape[:5], shape[5], shape[6]
    points = np.zeros((21, 3))
    points[1:5] = _thumb(curls[0], thumb)
    for finger in range(4):
        splay = SPLAY[finger] * (0.25 + 0.75 * spread)
        along = np.array([np.sin(splay), np.cos(splay), 0.0])
        bend = FLEXION[0] * curls[finger + 1]
        bones = np.cos(bend)[:, None] * along + np.sin(bend)[:, None] * np.array([0.0, 0.0, 1.0])
        steps = bones * PHALANGES[finger][:, None]
        first = 5 + 4 * finger
        points[first] = KNUCKLES[finger]
        points[first + 1 : first + 4] = KNUCKLES[finger] + np.cumsum(steps, axis=0)
    return points @ _rotation(roll, yaw, pitch).T


def _thumb(curl: float, off: float) -> np.ndarray:
    """The thumb's four joints, (4, 3): curled it lies across the fingers in front of the palm."""
    plane = np.radians(22.0 + 45.0 * off) - curl * np.radians([5.0, 60.0, 95.0])
    lift = np.radians([18.0, 10.0, 5.0]) + curl * np.radians([30.0, 20.0, 5.0])
    bones = np.stack([np.sin(plane) * np.cos(lift), np.cos(plane) * np.cos(lift), np.sin(lift)], axis=1)
    return np.vstack([THUMB_BASE, THUMB_BASE + np.cumsum(bones * THUMB_BONES[:, None], axis=0)])


def _rotation(roll: float, yaw: float, pitch: float) -> np.ndarray:
    """The (3, 3) rotation that turns by yaw about the fingers, then leans by pitch, then rolls in the plane."""
    (sr, sy, sp), (cr, cy, cp) = (f(np.radians([roll, yaw, pitch])) for f in (np.sin, np.cos))
    about_fingers = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    to_camera = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    in_plane = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return in_plane @ to_camera @ about_fingers
