"""How often: token buckets by name, in bounded memory."""

import time
from collections import OrderedDict
from collections.abc import Callable

CLIENTS = 10_000


class RateLimit:
    """A token bucket for each client, in bounded memory (the client unseen for longest is forgotten).

    Args:
        per_minute: requests a minute; 0 = no limit. A fifth of it may come at once (at least 5).
        clock: gives seconds.
    """

    def __init__(self, per_minute: float, clock: Callable[[], float] = time.monotonic):
        self.rate = per_minute / 60
        self.burst = max(5.0, per_minute / 5)
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, client: str) -> float:
        """Take one token: 0 when there was one, else the seconds until there is."""
        if self.rate == 0:
            return 0.0
        now = self._clock()
        tokens, then = self._buckets.pop(client, (self.burst, now))
        tokens = min(self.burst, tokens + max(0.0, now - then) * self.rate)
        allowed = tokens >= 1
        self._buckets[client] = (tokens - 1 if allowed else tokens, now)
        if len(self._buckets) > CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if allowed else (1 - tokens) / self.rate
