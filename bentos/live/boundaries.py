"""Where one sign may end and the next begin inside a stretch of movement: where the hands are slow, or change shape."""

from collections import deque
from dataclasses import dataclass

BESIDE = 0.12  # seconds on each side in which a slowest or most changing moment must have no rival
APART = 0.3  # seconds between two boundaries, at least …
WITHOUT = 0.6  # … and at most: people want to see what a sign may be while it is under way


@dataclass(frozen=True)
class Boundary:
    """A sign may end and the next begin at that time, in seconds."""

    time: float


class Boundaries:
    """Proposes moments, a little after they are over. Too many are proposed: the decoder chooses among them.

    Holds and turns show as minima of hand speed, a change from one handshape to another as a maximum of the speed at
    which the fingers move against the wrist (Liddell and Johnson, "American Sign Language: The Phonological Base",
    1989, describe signs as such sequences of holds and movements).
    """

    def __init__(self) -> None:
        self._recent: deque[tuple[float, float, float]] = deque()
        self._last = float("-inf")

    def see(self, now: float, speed: float, change: float) -> Boundary | None:
        """Take one frame.

        Args:
            now: its time in seconds; must rise.
            speed: of the faster hand, shoulder widths a second.
            change: how fast a handshape changes, in the same unit.

        Returns:
            A boundary, `BESIDE` ago or more, or None.
        """
        self._recent.append((now, speed, change))
        while self._recent[0][0] < now - 4 * BESIDE:
            self._recent.popleft()
        at = max((t for t, _, _ in self._recent if t <= now - BESIDE + 1e-6), default=None)
        if at is None or at - self._last < APART:
            return None
        beside = [(t, s, c) for t, s, c in self._recent if abs(t - at) <= BESIDE + 1e-6]
        here = next(frame for frame in beside if frame[0] == at)
        slowest = all(here[1] <= s for _, s, _ in beside)
        changing = all(here[2] >= c for _, _, c in beside) and here[2] > here[1] / 2
        if not (slowest or changing or at - self._last >= WITHOUT):
            return None
        self._last = at
        return Boundary(at)
