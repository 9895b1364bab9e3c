"""Which frames of a session are worth looking at: not more than allowed, and none that is stale."""

STALE = 0.5  # seconds behind: from here on the stream is thinned until it has caught up
THINNED = 0.1  # … to a frame every so many seconds, enough to find signs
HOPELESS = 3.0
DRIFT = 5e-4  # seconds by which the client's clock may fall behind with each frame


class Pace:
    """Judges frames by their own time and that of their arrival.

    Args:
        max_fps: frames a second.
    """

    def __init__(self, max_fps: float):
        self._rate = max_fps
        self._tokens = max_fps
        self._arrived: float | None = None
        self.restart()

    def restart(self) -> None:
        """Forget the client's clock."""
        self._base: float | None = None
        self._taken = float("-inf")

    def judge(self, now: float, wall: float) -> str:
        """One of "taken", "too_fast", "stale"; `now` is the frame's time, `wall` that of its arrival."""
        if self._arrived is not None:
            self._tokens = min(self._rate, self._tokens + (wall - self._arrived) * self._rate)
        self._arrived = wall
        if self._tokens < 1:
            return "too_fast"
        self._tokens -= 1
        ahead = wall - now
        self._base = ahead if self._base is None else min(self._base + DRIFT, ahead)
        behind = ahead - self._base
        if behind > HOPELESS or (behind > STALE and now - self._taken < THINNED):
            return "stale"
        self._taken = now
        return "taken"
