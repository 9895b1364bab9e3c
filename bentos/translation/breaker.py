"""A circuit breaker."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Breaker:
    """Leaves a failing service alone: closed → open after so many failures in a row → one trial after a while.

    Attributes:
        failures: failures in a row that open it.
        seconds: how long it stays open.
        clock: gives seconds.
    """

    failures: int
    seconds: float
    clock: Callable[[], float] = time.monotonic
    _count: int = field(default=0, init=False)
    _until: float = field(default=0.0, init=False)

    def allow(self) -> bool:
        """Whether a call may be made now; while half open, one trial at a time."""
        if self._count < self.failures:
            return True
        if self.clock() < self._until:
            return False
        self._until = self.clock() + self.seconds  # the others wait for this trial
        return True

    def success(self) -> None:
        """The call worked."""
        self._count = 0

    def failure(self, final: bool = False) -> None:
        """The call failed; `final` opens at once (no quota left, wrong key)."""
        self._count = self.failures if final else self._count + 1
        if self._count >= self.failures:
            self._until = self.clock() + self.seconds
