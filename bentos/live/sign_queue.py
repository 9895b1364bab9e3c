"""Signs that are over, on their way through the model."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from bentos.live.frames import TimedClip
from bentos.live.recognition import Recognition, Scored


@dataclass(frozen=True)
class EndedSign:
    """A sign that waits for its gloss; `start` and `end` in seconds of the client's clock."""

    number: int
    start: float
    end: float
    clip: TimedClip
    since: float = field(default_factory=time.perf_counter)


class SignQueue:
    """Gives each sign its candidates, in order.

    Args:
        recognition: the model.
        handle: takes a sign and its candidates, best first; None: the model could not be asked.
    """

    def __init__(self, recognition: Recognition, handle: Callable[[EndedSign, list[Scored] | None], None]):
        self._recognition, self._handle = recognition, handle
        self._waiting: asyncio.Queue[EndedSign] = asyncio.Queue()
        self._open = 0

    def put(self, sign: EndedSign) -> None:
        """Add a sign."""
        self._open += 1
        self._waiting.put_nowait(sign)

    @property
    def idle(self) -> bool:
        """Whether all signs were handled."""
        return self._open == 0

    async def work(self) -> None:
        """Handle signs until cancelled."""
        while True:
            sign = await self._waiting.get()
            try:
                self._handle(sign, await self._recognition.with_retries(sign.clip))
            finally:
                self._open -= 1
