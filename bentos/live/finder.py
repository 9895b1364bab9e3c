"""From boundaries to signs: windows go through the model, the decoder chooses, settled signs come out in order."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from bentos.errors import RefusedError
from bentos.live.decoding import Decoder, Looked, Segment, Window
from bentos.live.frames import TimedClip
from bentos.live.recognition import Recognition, Scored
from bentos.live.segmenter import Ended, Started
from bentos.live.stream import Boundary

Ask = Callable[[list[TimedClip]], Awaitable[list[list[Scored]] | None]]


@dataclass(frozen=True)
class FoundSign:
    """A sign that is over; `start` and `end` in seconds of the client's clock."""

    number: int
    start: float
    end: float
    clip: TimedClip
    since: float = field(default_factory=time.perf_counter)


class Listener(Protocol):
    """Who is told of signs; no method may block."""

    def sign_started(self, start: float) -> int:
        """A sign may be under way since then; returns a number for it."""

    def sign_candidates(self, number: int, candidates: list[Scored]) -> None:
        """What the sign under way may be."""

    def sign_found(self, sign: FoundSign, candidates: list[Scored] | None) -> None:
        """It is over; None: the model could not be asked."""

    def sign_too_short(self, sign: FoundSign) -> None:
        """It was none."""

    def sign_settled(self, end: float) -> None:
        """What was before that time in a stretch that may go on, is settled."""


class SignFinder:
    """Works through what the stream says, in order.

    Args:
        recognition: the model.
        listener: is told.
    """

    def __init__(self, recognition: Recognition, listener: Listener):
        self._recognition, self._listener = recognition, listener
        self._waiting: asyncio.Queue[tuple[Started | Boundary | Ended, TimedClip]] = asyncio.Queue()
        self._open = 0
        self._decoder = Decoder(0.0)
        self._rested = 0  # stretches in a row that were no longer than a sign
        self._number: int | None = None  # of the sign under way; None: there may be none since the last was settled

    def put(self, event: Started | Boundary | Ended, clip: TimedClip) -> None:
        """Add what the stream said, with the frames since the settled part of its stretch."""
        if isinstance(event, Boundary) and (self._open > 1 or self._recognition.crowded):
            return  # finer cuts can be left out when there is no time for them
        self._open += 1
        self._waiting.put_nowait((event, clip))

    @property
    def idle(self) -> bool:
        """Whether all was worked through."""
        return self._open == 0

    async def work(self) -> None:
        """Work until cancelled."""
        while True:
            event, clip = await self._waiting.get()
            try:
                match event:
                    case Started(start):
                        self._decoder = Decoder(start, self._rested)
                        self._number = self._listener.sign_started(start)
                    case Boundary():
                        await self._look(event, clip)
                    case Ended():
                        await self._finish(event, clip)
            finally:
                self._open -= 1

    async def _look(self, boundary: Boundary, clip: TimedClip) -> None:
        now = boundary.time
        try:
            looked = await self._looked(self._decoder.windows(now), clip, self._recognition.candidates)
        except RefusedError:
            return
        self._decoder.take(looked or [], boundary.evidence)
        for segment in self._decoder.settled(now):
            if not segment.rest:
                self._tell(segment, clip)
            self._listener.sign_settled(segment.end)
        if candidates := self._decoder.candidates:
            self._listener.sign_candidates(self._under_way(self._decoder.start), candidates)

    def _under_way(self, start: float) -> int:
        """The number of the sign under way, which begins there if none was yet."""
        if self._number is None:
            self._number = self._listener.sign_started(start)
        return self._number

    async def _looked(self, windows: list[Window], clip: TimedClip, ask: Ask) -> list[Looked] | None:
        """What each window holds; the model is asked only where somebody signs. None: it could not be."""
        parts = [clip.between(*window) for window in windows]
        rests = [self._decoder.is_rest(part.signed) for part in parts]
        asked = [part for part, rest in zip(parts, rests, strict=True) if not rest]
        answers = await ask(asked) if asked else []
        if answers is None:
            return None
        said = iter(answers)
        told = zip(windows, parts, rests, strict=True)
        return [(window, part.signed, [] if rest else next(said)) for window, part, rest in told]

    async def _finish(self, event: Ended, clip: TimedClip) -> None:
        decoder = self._decoder
        self._rested = decoder.rested_by(event.end, event.too_short)
        if decoder.is_twitch(event.too_short):
            self._listener.sign_too_short(self._found(decoder.start, event.end, clip))
            return
        windows = decoder.windows(event.end, last=True)
        looked = await self._looked(windows, clip, self._recognition.with_retries)
        if looked is None:
            self._listener.sign_found(self._found(decoder.start, event.end, clip), None)
            return
        start = decoder.start  # settling moves it
        decoder.take(looked)
        signs = [segment for segment in decoder.settled(event.end, last=True) if not segment.rest]
        for segment in signs:
            self._tell(segment, clip)
        if not signs and self._number is not None:
            self._listener.sign_too_short(self._found(start, event.end, clip))

    def _tell(self, segment: Segment, clip: TimedClip) -> None:
        self._listener.sign_found(self._found(segment.start, segment.end, clip), segment.candidates)

    def _found(self, start: float, end: float, clip: TimedClip) -> FoundSign:
        """The sign under way, which is over."""
        sign = FoundSign(self._under_way(start), start, end, clip.between(start, end))
        self._number = None
        return sign
