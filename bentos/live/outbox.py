"""Messages on their way to one client: never more than a client can take."""

import asyncio
from collections import deque

FLEETING = frozenset(("hands", "candidates"))
MOST_FLEETING = 8
MOST = 256


class FullError(Exception):
    """The client does not read what it is sent."""


class Outbox:
    """A bounded queue; when a client is slow, what will soon be outdated is dropped, never what was committed."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[str, str]] = deque()
        self._filled = asyncio.Event()

    def put(self, kind: str, text: str) -> None:
        """Add a message.

        Raises:
            FullError: too many lasting messages wait.
        """
        if kind in FLEETING and len(self._waiting) >= MOST_FLEETING:
            return
        if len(self._waiting) >= MOST:
            raise FullError
        self._waiting.append((kind, text))
        self._filled.set()

    async def get(self) -> str:
        """The next message; waits for one."""
        while not self._waiting:
            self._filled.clear()
            await self._filled.wait()
        return self._waiting.popleft()[1]

    def empty(self) -> bool:
        """Whether all was taken."""
        return not self._waiting
