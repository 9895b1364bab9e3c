"""Where a stretch of movement begins and ends, from whether hands are seen and how fast they move.

Pure Python: every call is told the time, so the same stream gives the same signs at 10 or 60 frames a second, live or
replayed. Speeds are in shoulder widths a second, which makes them independent of the picture's size and of how far
the signer is away. Thresholds with hysteresis on hand motion, as in classical gesture spotting.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Options:
    """Thresholds; times in seconds, speeds in shoulder widths a second."""

    start_speed: float = 0.3  # faster than this begins a sign …
    start_hold: float = 0.06  # … when it lasts so long
    stop_speed: float = 0.1  # slower than this is a pause …
    pause: float = 0.4  # … that ends the sign after so long, when the hands are held up …
    pause_lowered: float = 0.34  # … and after so long when they are lowered or out of the picture
    start_speed_lowered: float = 0.8  # lowered hands sign rarely and fidget often: only large movements count
    stop_speed_lowered: float = 0.45
    lead: float = 0.4  # what came before the first fast movement belongs to the sign
    tail: float = 0.24  # and so does the first part of the pause
    shortest: float = 0.20  # less movement than this is a twitch
    longest: float = 5.0  # no single sign takes longer
    gap: float = 1.0  # no frame for so long: what was under way is over


class Why(Enum):
    """Why a sign ended."""

    PAUSE = "pause"
    LONGEST = "longest"
    GAP = "gap"
    ASKED = "asked"


@dataclass(frozen=True)
class Started:
    """A sign is under way; `start` is where its clip begins."""

    start: float


@dataclass(frozen=True)
class Ended:
    """A sign is over: its clip is `start` … `end`; `moved` is how long the movement lasted."""

    start: float
    end: float
    moved: float
    why: Why
    too_short: bool


class Segmenter:
    """Cuts one stream into signs.

    Args:
        options: thresholds.
    """

    def __init__(self, options: Options | None = None):
        self.options = options or Options()
        self._last: float | None = None  # time of the last frame
        self._seen_since: float | None = None  # hands are seen without a break from here
        self._fast_since: float | None = None  # … and fast
        self._start: float | None = None  # of the sign under way
        self._first_fast = 0.0
        self._last_fast = 0.0

    @property
    def start(self) -> float | None:
        """Where the sign under way began, or None."""
        return self._start

    def see(self, now: float, hands: bool, speed: float, lowered: bool = False) -> list[Started | Ended]:
        """Take one frame.

        Args:
            now: its time; must rise.
            hands: whether any hand is seen.
            speed: of the faster hand, shoulder widths a second; 0 when unknown.
            lowered: whether all hands that are seen hang down.
        """
        events = self.tick(now)
        self._last = now
        if not hands:
            self._seen_since = None
        elif self._seen_since is None:
            self._seen_since = now
        if self._start is None:
            events += self._wait(now, hands, speed, lowered)
        else:
            events += self._follow(now, hands, speed, lowered)
        return events

    def tick(self, now: float) -> list[Started | Ended]:
        """Let time pass without a frame."""
        if self._last is None or now - self._last < self.options.gap:
            return []
        self._seen_since = self._fast_since = None
        return [] if self._start is None else [self._end(Why.GAP)]

    def settle(self, end: float) -> None:
        """The stretch under way holds signs that are over by then; what is to come begins there."""
        if self._start is not None and self._start < end:
            self._start = end

    def flush(self) -> list[Started | Ended]:
        """End the sign under way at once, because the client asks for it."""
        return [] if self._start is None else [self._end(Why.ASKED)]

    def _wait(self, now: float, hands: bool, speed: float, lowered: bool) -> list[Started | Ended]:
        o = self.options
        if not hands or speed < (o.start_speed_lowered if lowered else o.start_speed):
            self._fast_since = None
            return []
        if self._fast_since is None:
            self._fast_since = now
        if now - self._fast_since < o.start_hold:
            return []
        self._first_fast, self._last_fast = self._fast_since, now
        self._start = max(self._fast_since - o.lead, self._seen_since or now)
        return [Started(self._start)]

    def _follow(self, now: float, hands: bool, speed: float, lowered: bool) -> list[Started | Ended]:
        o = self.options
        pause = o.pause_lowered if lowered or not hands else o.pause
        if hands and speed >= (o.stop_speed_lowered if lowered else o.stop_speed):
            self._last_fast = now
        elif now - self._last_fast >= pause - 1e-6:
            return [self._end(Why.PAUSE)]
        if now - (self._start or 0.0) >= o.longest:
            return [self._end(Why.LONGEST)]
        return []

    def _end(self, why: Why) -> Ended:
        o = self.options
        moved = self._last_fast - self._first_fast
        ended = Ended(self._start or 0.0, self._last_fast + o.tail, moved, why, moved < o.shortest)
        self._start = self._fast_since = None
        return ended
