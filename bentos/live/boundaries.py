"""Where one sign may end and the next begin inside a stretch of movement: where the hands are slow, or change shape."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from bentos.live.motion import Seen

BESIDE = 0.12  # seconds on each side in which a slowest or most changing moment must have no rival
APART = 0.3  # seconds between two boundaries, at least …
WITHOUT = 0.6  # … and at most: people want to see what a sign may be while it is under way


REMEMBERED = 2.0  # seconds
# Logistic regression on joined train clips of WLASL at 10 to 60 frames a second, with rests of 0, 0.3 and 0.6 s, those
# without a rest three times: low, high, changed, fastest, gone, more.
WEIGHTS, BIAS = np.array([0.64, 1.82, 0.69, 0.32, 1.74, -1.57]), -2.50


@dataclass(frozen=True)
class Boundary:
    """A sign may end and the next begin at that time, in seconds; `evidence`, 0 to 1, says how likely it is."""

    time: float
    evidence: float = 0.5


class Boundaries:
    """Proposes moments, a little after they are over. Too many are proposed: the decoder chooses among them.

    Holds and turns show as minima of hand speed, a change from one handshape to another as a maximum of the speed at
    which the fingers move against the wrist (Liddell and Johnson, "American Sign Language: The Phonological Base",
    1989, describe signs as such sequences of holds and movements). Between signs hands are lower than in them, come
    and go, and move fast from one to the next (movement epenthesis).
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, Seen]] = deque()
        self._last = float("-inf")

    def see(self, now: float, seen: Seen) -> Boundary | None:
        """Take what one frame shows; its time, in seconds, must rise.

        Returns:
            A boundary, `BESIDE` ago or more, or None.
        """
        self._recent.append((now, seen))
        while self._recent[0][0] < now - REMEMBERED:
            self._recent.popleft()
        at = next((t for t, _ in reversed(self._recent) if t <= now - BESIDE + 1e-6), None)
        if at is None or at - self._last < APART:
            return None
        beside = [(t, s) for t, s in self._recent if abs(t - at) <= BESIDE + 1e-6]
        here = next(s for t, s in beside if t == at)
        slowest = all(here.speed <= s.speed for _, s in beside)
        changing = all(here.change >= s.change for _, s in beside) and here.change > here.speed / 2
        if not (slowest or changing or at - self._last >= WITHOUT):
            return None
        self._last = at
        z = float(np.dot(WEIGHTS, self._features([s for _, s in beside])) + BIAS)
        return Boundary(at, 1 / (1 + math.exp(-z)))

    def _features(self, beside: list[Seen]) -> np.ndarray:
        """How far hands are below where they were of late, whether one comes or goes, the fastest movement, the share
        of frames without hands, and how many more hands are seen than of late.
        """
        past = [s for _, s in self._recent if s.hands]
        near = [s for s in beside if s.hands]
        gone = 1 - len(near) / len(beside)
        if not near or not past:
            return np.array([0.0, 0.0, 1.0, 0.0, gone, -1.0])
        low = max(s.low for s in near) - float(np.mean([s.low for s in past]))
        high = float(np.mean([s.high for s in near]) - np.mean([s.high for s in past]))
        changed = len({(s.left, s.right) for s in beside}) > 1
        fastest = math.log(max(s.speed for s in near) + 0.05)
        more = float(np.mean([s.left + s.right for s in beside]) - np.mean([s.left + s.right for s in past]))
        return np.nan_to_num(np.array([np.clip(low, -2, 2), np.clip(high, -2, 2), changed, fastest, gone, more]))
