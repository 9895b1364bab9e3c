"""Frames of a live stream, which come at any rate, and clips of them."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

T = TypeVar("T")


@dataclass(frozen=True)
class TimedClip:
    """Frames of any timing.

    Attributes:
        frames: (time in seconds, (180, 3) float16 landmarks), in the order of time; may be empty.
        aspect: width / height of the picture; None: not known.
        signing: (time, how likely it lies in a sign) of the frames that were judged.
    """

    frames: list[tuple[float, np.ndarray]]
    aspect: float | None
    signing: Sequence[tuple[float, float]] = ()

    def between(self, start: float, end: float) -> "TimedClip":
        """The frames of that time."""
        return TimedClip(_within(self.frames, start, end), self.aspect, _within(self.signing, start, end))

    @property
    def signed(self) -> float:
        """Seconds of it that are likely in signs; what was not judged counts as none."""
        if len(self.frames) < 2:
            return 0.0
        step = (self.frames[-1][0] - self.frames[0][0]) / (len(self.frames) - 1)
        return step * sum(share for _, share in self.signing)

    def at_rate(self, rate: float) -> np.ndarray:
        """At a steady rate.

        A point seen in both neighbouring frames is interpolated linearly; otherwise the nearer frame's is taken, seen
        or not, so that nothing is invented.

        Args:
            rate: frames a second wanted; there must be at least one frame.

        Returns:
            (frames, 180, 3) float32.
        """
        times = np.array([t for t, _ in self.frames])
        kept = np.stack([f for _, f in self.frames]).astype(np.float32)
        wanted = np.arange(times[0], times[-1] + 1e-6, 1 / rate)
        after = np.clip(np.searchsorted(times, wanted), 0, len(times) - 1)
        before = np.maximum(after - 1, 0)
        width = np.maximum(times[after] - times[before], 1e-9)
        weight = np.clip((wanted - times[before]) / width, 0, 1).astype(np.float32)[:, None, None]
        first, second = kept[before], kept[after]
        between = first * (1 - weight) + second * weight
        return np.where(np.isnan(between), np.where(weight < 0.5, first, second), between)

    def as_filmed(self) -> tuple[np.ndarray, float]:
        """The frames as they are, (frames, 180, 3) float32, and their mean rate, NaN when it is not known."""
        seconds = self.frames[-1][0] - self.frames[0][0]
        fps = (len(self.frames) - 1) / seconds if seconds > 0 else float("nan")
        return np.stack([landmarks for _, landmarks in self.frames]).astype(np.float32), fps


class FrameBuffer:
    """The frames of the last seconds, in bounded memory.

    Args:
        seconds: how far back.
        max_frames: frames kept.
    """

    def __init__(self, seconds: float = 6.5, max_frames: int = 480):
        self._seconds = seconds
        self._frames: deque[tuple[float, np.ndarray]] = deque(maxlen=max_frames)
        self._signing: deque[tuple[float, float]] = deque(maxlen=max_frames)

    def add(self, now: float, landmarks: np.ndarray) -> None:
        """Keep a frame."""
        self._frames.append((now, landmarks.astype(np.float16)))
        while self._frames[0][0] < now - self._seconds:
            self._frames.popleft()

    def judge(self, time: float, signing: float) -> None:
        """Note how likely, 0 to 1, the frame of that time lies in a sign."""
        self._signing.append((time, signing))

    def clip(self, start: float, end: float, aspect: float | None) -> TimedClip:
        """The frames kept of that time, as float16."""
        return TimedClip(_within(self._frames, start, end), aspect, _within(self._signing, start, end))


def _within(timed: Iterable[tuple[float, T]], start: float, end: float) -> list[tuple[float, T]]:
    return [(time, thing) for time, thing in timed if start - 1e-6 <= time <= end + 1e-6]
