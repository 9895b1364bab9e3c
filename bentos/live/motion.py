"""Which hands are seen, and how fast they move."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from bentos.contract.skeleton import (
    KNUCKLES,
    LEFT_HAND,
    LEFT_SHOULDER,
    RIGHT_HAND,
    RIGHT_SHOULDER,
    SHOULDERS_PER_PALM,
)

SHOULDERS = (LEFT_SHOULDER, RIGHT_SHOULDER)
SPAN = 0.1  # seconds over which speed is measured, whatever the frame rate
LONGEST_GAP = 0.5  # seconds for which a hand may be lost and still be the same movement
LOWERED = 1.2  # shoulder widths below the shoulders
DEFAULT_ASPECT = 4 / 3


@dataclass(frozen=True)
class Seen:
    """What one frame shows."""

    left: bool
    right: bool
    speed: float
    lowered: bool
    change: float = 0.0
    low: float = float("nan")  # place of the lower and of the higher wrist, in shoulder widths from the picture's top
    high: float = float("nan")

    @property
    def hands(self) -> bool:
        """Whether any hand is seen."""
        return self.left or self.right


class Motion:
    """Measures, in shoulder widths a second, how fast hands move and how fast their fingers do against the wrist.

    Args:
        aspect: width / height of the picture.
    """

    def __init__(self, aspect: float | None = None):
        self._stretch = np.array([aspect or DEFAULT_ASPECT, 1.0], np.float32)
        self._past: tuple[deque[tuple[float, np.ndarray]], ...] = (deque(), deque())  # left, right
        self._scale = 0.0

    def measure(self, now: float, landmarks: np.ndarray) -> Seen:
        """Take one frame: its time in seconds and (180, 3) landmarks."""
        points = landmarks[:44, :2] * self._stretch
        left, right = not np.isnan(points[0, 0]), not np.isnan(points[21, 0])
        self._rescale(points, left, right)
        speed = change = 0.0
        for part, seen, past in ((LEFT_HAND, left, self._past[0]), (RIGHT_HAND, right, self._past[1])):
            if seen:
                moved, changed = self._speed(now, points[part], past)
                speed, change = max(speed, moved), max(change, changed)
        wrists = [float(points[p.start, 1]) for p, seen in ((LEFT_HAND, left), (RIGHT_HAND, right)) if seen]
        low, high = (pick(wrists) / self._scale if wrists and self._scale else float("nan") for pick in (max, min))
        return Seen(bool(left), bool(right), speed, self._lowered(points, left, right), change, low, high)

    def _lowered(self, points: np.ndarray, left: bool, right: bool) -> bool:
        """Whether all seen hands hang down: below the shoulders by more than LOWERED shoulder widths."""
        line = float(points[SHOULDERS[0], 1] + points[SHOULDERS[1], 1]) / 2 + LOWERED * self._scale
        wrists = [float(points[part.start, 1]) for part, seen in ((LEFT_HAND, left), (RIGHT_HAND, right)) if seen]
        return bool(wrists) and all(y > line for y in wrists)  # without shoulders the line is NaN: not lowered

    def _speed(self, now: float, points: np.ndarray, past: deque[tuple[float, np.ndarray]]) -> tuple[float, float]:
        """Speed of one hand and of its fingers against the wrist since SPAN ago, or since it was seen last."""
        while len(past) > 1 and past[1][0] <= now - SPAN + 1e-3:
            past.popleft()
        speed = change = 0.0
        if past and self._scale > 0 and 0 < now - past[0][0] < LONGEST_GAP:
            then, before = past[0]
            step = points - before
            bent = step - step[:1]
            per = self._scale * (now - then)
            speed = float(np.sqrt((step * step).sum(axis=1)).mean()) / per
            change = float(np.sqrt((bent * bent).sum(axis=1)).mean()) / per
        past.append((now, points))
        return speed, change

    def _rescale(self, points: np.ndarray, left: bool, right: bool) -> None:
        """Follow the signer's size slowly: shoulders where they are seen, else the larger palm."""
        width = float(np.hypot(*(points[SHOULDERS[0]] - points[SHOULDERS[1]])))
        if not width > 0.02:  # not seen, or side on
            palms = [
                float(np.linalg.norm(points[part][KNUCKLES, :] - points[part.start], axis=1).mean())
                for part, seen in ((LEFT_HAND, left), (RIGHT_HAND, right))
                if seen
            ]
            width = max(palms, default=0.0) * SHOULDERS_PER_PALM
        if width > self._scale:
            self._scale = width if self._scale == 0 else self._scale + 0.3 * (width - self._scale)
        elif width > 0:  # foreshortening makes it look smaller for a while: shrink slowly
            self._scale += 0.02 * (width - self._scale)
