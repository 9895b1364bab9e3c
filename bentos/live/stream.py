"""The landmark frames of one signer: which of them count, what the hands do, where signs may begin and end."""

import numpy as np

from bentos import metrics
from bentos.live.boundaries import Boundaries, Boundary
from bentos.live.frames import FrameBuffer, TimedClip
from bentos.live.motion import Motion, Seen
from bentos.live.pace import Pace
from bentos.live.segmenter import Ended, Segmenter, Started
from bentos.live.tagger import Tagger

Event = Started | Ended | Boundary
QUIET_SECONDS = 0.2  # without a frame: from here on time passes by the server's clock


class Stream:
    """Frames in, sign boundaries out. Times are seconds of the client's clock unless they are called `wall`.

    Args:
        max_fps: frames a second; what comes faster is dropped.
        aspect: width / height of the picture; None: not known.
    """

    def __init__(self, max_fps: float, aspect: float | None = None):
        self._aspect = aspect
        self._pace = Pace(max_fps)
        self.reset()

    def reset(self) -> None:
        """Forget all frames, as the client's clock began anew."""
        self._now: float | None = None  # time of the last frame that was taken
        self._wall = 0.0  # when it arrived
        self._pace.restart()
        self._segmenter, self._motion, self._frames = Segmenter(), Motion(self._aspect), FrameBuffer()
        self._tagger, self._boundaries = Tagger(), Boundaries()

    @property
    def now(self) -> float:
        """The time of the last frame that was taken; 0 before the first."""
        return self._now or 0.0

    @property
    def sign_start(self) -> float | None:
        """Where the part of the stretch under way begins that is not settled, or None."""
        return self._segmenter.start

    def rewound(self, now: float) -> bool:
        """Whether a frame of that time means that the client's clock began anew."""
        return self._now is not None and now < self._now - 1

    def take(self, now: float, landmarks: np.ndarray, wall: float) -> tuple[Seen, list[Event]] | None:
        """Take a frame, (180, 3), that arrived at `wall`.

        Returns:
            What it shows, where stretches begin or end, and where signs may meet; None: it is dropped, as it is late or
            one too many.
        """
        fate = self._pace.judge(now, wall)
        if self._now is not None and now <= self._now:
            fate = "late"
        metrics.LIVE_FRAMES.labels(fate).inc()
        if fate != "taken":
            return None
        self._now, self._wall = now, wall
        self._frames.add(now, landmarks)
        seen = self._motion.measure(now, landmarks)
        events: list[Event] = [*self._segmenter.see(now, seen.hands, seen.speed, seen.lowered)]
        for time, between in self._tagger.see(now, seen):
            self._frames.judge(time, 1 - between)
            boundary = self._boundaries.see(time, between)
            if boundary is not None and self.sign_start is not None and boundary.time > self.sign_start:
                events.append(boundary)
        return seen, events

    def tick(self, wall: float) -> tuple[float, list[Started | Ended]] | None:
        """Let time pass without a frame.

        Returns:
            The time now and which signs end; None: frames are coming, or none has come yet.
        """
        if self._now is None or wall - self._wall < QUIET_SECONDS:
            return None
        now = self._now + wall - self._wall
        return now, self._segmenter.tick(now)

    def settle(self, end: float) -> None:
        """The stretch under way holds signs that are over by then."""
        self._segmenter.settle(end)

    def flush(self) -> list[Started | Ended]:
        """End the sign under way."""
        return self._segmenter.flush()

    def clip(self, start: float, end: float) -> TimedClip:
        """The frames of that time."""
        return self._frames.clip(start, end, self._aspect)
