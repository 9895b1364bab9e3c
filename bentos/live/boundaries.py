"""Where one sign may end and the next begin inside a stretch of movement: where it is likeliest to be between two."""

from collections import deque
from dataclasses import dataclass

from bentos.live.decoding import DOUBT

BESIDE = 0.1  # seconds on each side in which a likeliest moment must have no rival
APART = 0.2  # seconds between two boundaries, at least …
WITHOUT = 0.4  # … and at most: people want to see what a sign may be while it is under way
SURE = 1 - DOUBT  # evidence that no later moment betters
LEAST = 0.1  # what is less likely is proposed only where there was none for so long


@dataclass(frozen=True)
class Boundary:
    """A sign may end and the next begin at that time, in seconds; `evidence`, 0 to 1, says how likely it is."""

    time: float
    evidence: float = 0.5


class Boundaries:
    """Proposes moments: sure ones at once, likeliest ones `BESIDE` later; the decoder chooses, as they are too many."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float]] = deque()
        self._last = float("-inf")
        self._told = False  # whether one of the sure moments that go on now was proposed at once

    def see(self, time: float, between: float) -> Boundary | None:
        """Take how likely, 0 to 1, a moment lies between two signs; its time, in seconds, must rise.

        Returns:
            A boundary, now or up to about `BESIDE` ago, or None.
        """
        self._recent.append((time, between))
        while len(self._recent) > 1 and self._recent[0][0] < time - 3 * BESIDE:
            self._recent.popleft()
        if between < SURE:
            self._told = False
        elif not self._told and time - self._last >= APART - 1e-6:
            self._told, self._last = True, time
            return Boundary(time, between)
        at, here = next(((t, p) for t, p in reversed(self._recent) if t <= time - BESIDE + 1e-6), (time, -1.0))
        if here < 0 or at - self._last < APART - 1e-6:
            return None
        highest = here >= LEAST and all(
            p < here or (p == here and t >= at) for t, p in self._recent if abs(t - at) <= BESIDE + 1e-6
        )
        if not (highest or at - self._last >= WITHOUT - 1e-6):
            return None
        self._last = at
        return Boundary(at, here)
