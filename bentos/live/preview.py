"""Candidates while a sign is still under way."""

import asyncio
from collections.abc import Callable

from bentos.errors import RefusedError
from bentos.live import messages
from bentos.live.frames import TimedClip
from bentos.live.recognition import Recognition

INTERVAL = 0.3  # seconds between two looks at a sign
SHORTEST = 0.4  # seconds of a sign before the first look


class Preview:
    """Asks the model about the sign under way, now and then, when it has time.

    Args:
        recognition: the model.
        clip: gives the frames between two times in seconds.
        emit: takes an event; must not block.
    """

    def __init__(
        self,
        recognition: Recognition,
        clip: Callable[[float, float], TimedClip],
        emit: Callable[[messages.Candidates], None],
    ):
        self._recognition, self._clip, self._emit = recognition, clip, emit
        self._sign: tuple[int, float] | None = None  # number and start of the sign under way
        self._looked = 0.0
        self._task: asyncio.Task[None] | None = None

    def begin(self, number: int, start: float) -> None:
        """A sign is under way since `start`, in seconds."""
        self._sign = number, start
        self._looked = start + SHORTEST - INTERVAL

    def end(self) -> None:
        """The sign is over: an answer that is still to come is out of date."""
        self._sign = None

    def look(self, now: float) -> None:
        """Ask for candidates where it is time to; `now` in seconds."""
        if self._sign is None or now - self._looked < INTERVAL or self._recognition.crowded:
            return
        if self._task is not None and not self._task.done():
            return
        self._looked = now
        number, start = self._sign
        self._task = asyncio.create_task(self._ask(number, self._clip(start, now)))

    async def _ask(self, number: int, clip: TimedClip) -> None:
        try:
            candidates = await self._recognition.candidates(clip)
        except RefusedError:
            return
        if candidates and self._sign is not None and self._sign[0] == number:
            self._emit(messages.Candidates(sign=number, candidates=candidates))

    def close(self) -> None:
        """Give up what is under way."""
        if self._task is not None:
            self._task.cancel()
