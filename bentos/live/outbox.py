"""Events on their way to one client: never more than a client can take."""

import asyncio
from collections import deque

from bentos.live.messages import ServerEvent

MAX_DROPPABLE = 8  # events that wait when droppable ones begin to be dropped
MAX_EVENTS = 256


class FullError(Exception):
    """The client does not read what it is sent."""


class Outbox:
    """A bounded queue; when a client is slow, what will soon be outdated is dropped, never what was committed."""

    def __init__(self) -> None:
        self._waiting: deque[ServerEvent] = deque()
        self._filled = asyncio.Event()

    def put(self, event: ServerEvent) -> None:
        """Add an event.

        Raises:
            FullError: too many events wait that may not be dropped.
        """
        if event.droppable and len(self._waiting) >= MAX_DROPPABLE:
            return
        if len(self._waiting) >= MAX_EVENTS:
            raise FullError
        self._waiting.append(event)
        self._filled.set()

    async def get(self) -> ServerEvent:
        """The next event; waits for one."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.popleft()

    def empty(self) -> bool:
        """Whether all was taken."""
        return not self._waiting
