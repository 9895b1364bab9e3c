"""One live session: frames in, events out. Knows nothing of sockets; the time is passed in."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bentos import metrics
from bentos.errors import RefusedError
from bentos.kernel import Kernel
from bentos.live import wire
from bentos.live.motion import Frames, Motion
from bentos.live.notes import Notes
from bentos.live.pace import Pace
from bentos.live.phrase import Phrase, Sign, Tokens
from bentos.live.recognition import Candidates, patiently, recognise
from bentos.live.segmenter import Ended, Segmenter, Started
from bentos.live.speaker import Speaker

log = logging.getLogger(__name__)
Emit = Callable[..., None]
PEEK_SECONDS = 0.3  # between two looks at the sign under way
PEEK_LEAST = 0.4  # seconds of a sign before the first look


@dataclass
class _Job:
    """A sign that ended and waits for its gloss."""

    number: int
    ended: Ended
    frames: list[Any]
    wall: float = field(default_factory=time.perf_counter)


class Session:
    """The state of one signer.

    Args:
        kernel: model and translation.
        tokens: signs what a client carries to another process.
        emit: takes (type, **fields) of an event; must not block.
    """

    def __init__(self, kernel: Kernel, tokens: Tokens, emit: Emit):
        self.kernel = kernel
        self.tokens = tokens
        self.emit = emit
        self.phrase = Phrase()
        self.top_n = 5
        self.threshold = kernel.settings.live_threshold
        self.speaker = Speaker(kernel, self._say)
        self.notes = Notes(kernel)
        self.vocabulary = Candidates(lambda sentence: emit("error", error=sentence, fatal=False))
        self._pace = Pace(kernel.settings.live_max_fps)
        self._segmenter, self._motion, self._frames = Segmenter(), Motion(), Frames()
        self._aspect: float | None = None
        self._hands = (False, False)
        self._sign = 0  # number of the sign under way
        self._now: float | None = None  # time of the last frame
        self._wall = 0.0  # when it arrived
        self._quiet_since: float | None = None  # end of the last sign of the phrase
        self._jobs: asyncio.Queue[_Job] = asyncio.Queue()
        self._open_jobs = 0
        self._peek: asyncio.Task[None] | None = None
        self._peeked = 0.0
        self._finish_when_idle = False

    def begin(self, start: wire.Start, may_spend: bool) -> None:
        """Take the client's settings, and its phrase when it lost another socket.

        Raises:
            RefusedError: it chose glosses that the model does not know.
        """
        self.vocabulary.choose(start.vocabulary, self.kernel.recogniser.loaded)
        kept = self.tokens.read(start.token, time.time()) if start.token else None
        if start.token and kept is None:
            self.emit("error", error="the token is not valid any more; a new phrase begins", fatal=False)
        if kept is not None:
            self.phrase = kept
        self.top_n = start.top_n
        self.threshold = self.threshold if start.threshold is None else start.threshold
        self._aspect = start.aspect
        self._motion = Motion(start.aspect)
        self.notes.consent = start.consent
        self.speaker.llm = self.kernel.llm and start.english and may_spend
        self.ready(resumed=kept is not None)

    def _say(self, kind: str, **fields: Any) -> None:
        """English, with a token in which its phrase is over."""
        self.emit(kind, **fields, token=self._token())

    def ready(self, resumed: bool = False) -> None:
        """Say what serves and what is kept."""
        loaded = self.kernel.recogniser.loaded
        self.emit(
            "ready",
            model=loaded.version.name,
            version=loaded.version.version,
            vocabulary=len(self.vocabulary.among(loaded)),
            resumed=resumed,
            phrase=[sign.public() for sign in self.phrase.signs],
            threshold=self.threshold,
            english="llm" if self.speaker.llm else "glosses",
            feedback=self.kernel.feedback.mode,
            token=self._token(),
        )

    def frame(self, content: bytes, wall: float) -> None:
        """Take one binary message that arrived at `wall` (seconds of a steady clock).

        Raises:
            RefusedError: no valid frame; the session goes on.
        """
        now, landmarks = wire.read_frame(content)
        if self._now is not None and now < self._now - 1:
            self._restart()  # the client's clock began anew
        fate = self._pace.judge(now, wall)
        if self._now is not None and now <= self._now:
            fate = "late"
        metrics.LIVE_FRAMES.labels(fate).inc()
        if fate != "taken":
            return
        self._now, self._wall = now, wall
        seen = self._motion.measure(now, landmarks)
        self._frames.add(now, landmarks)
        if (seen.left, seen.right) != self._hands:
            self._hands = (seen.left, seen.right)
            self.emit("hands", left=seen.left, right=seen.right)
        self._apply(self._segmenter.see(now, seen.hands, seen.speed, seen.lowered))
        self._look(now)
        self._pause(now)

    def tick(self, wall: float) -> None:
        """Let time pass when no frames come."""
        if self._now is None or wall - self._wall < 0.2:
            return
        now = self._now + wall - self._wall
        self._apply(self._segmenter.tick(now))
        self._pause(now)

    def command(self, message: wire.Choose | wire.Simple) -> None:
        """Take a text message other than the first."""
        if message.type == "end":
            self._apply(self._segmenter.flush())
            self._finish_when_idle = True
            self._pause(self._now or 0.0)
            return
        if message.type == "ping":
            return
        if message.type == "choose":
            self._choose(message)
            return
        self.phrase.signs = self.phrase.signs[:-1] if message.type == "undo" else []
        self._changed()

    def _choose(self, message: wire.Choose) -> None:
        if message.gloss not in self.kernel.recogniser.loaded.known:
            raise RefusedError(422, f"{message.gloss[:40]!r} is not in the model's vocabulary")
        if self.phrase.choose(message.sign, message.gloss):
            self._changed()
        elif not self.speaker.choose(message.sign, message.gloss):
            raise RefusedError(422, f"there is no sign {message.sign} in this phrase or the one before")
        self.notes.correction(message.sign, message.gloss)

    def _changed(self) -> None:
        self.emit("phrase", signs=[sign.public() for sign in self.phrase.signs], token=self._token())

    def _token(self) -> str:
        self.phrase.context = self.speaker.context or self.phrase.context
        return self.tokens.write(self.phrase, time.time())

    def _restart(self) -> None:
        self._apply(self._segmenter.flush())
        self._segmenter, self._motion, self._frames = Segmenter(), Motion(self._aspect), Frames()
        self._pace.restart()
        self._now = None
        self._quiet_since = None

    def _apply(self, events: list[Started | Ended]) -> None:
        for event in events:
            if isinstance(event, Started):
                self._sign = self.phrase.take_number()
                self._peeked = event.start + PEEK_LEAST - PEEK_SECONDS
                self.emit("sign_started", sign=self._sign, time=event.start * 1e3)
            elif event.too_short:
                metrics.COMMITS.labels("too_short").inc()
                self.emit("none", sign=self._sign, why="too_short")
            else:
                self._open_jobs += 1
                self._jobs.put_nowait(_Job(self._sign, event, self._frames.pick(event.start, event.end)))

    def _look(self, now: float) -> None:
        """Ask the model about the sign under way, now and then, when it has time."""
        start = self._segmenter.start
        if start is None or now - self._peeked < PEEK_SECONDS or self.kernel.recogniser.crowded:
            return
        if self._peek is not None and not self._peek.done():
            return
        self._peeked = now
        self._peek = asyncio.create_task(self._peek_at(self._sign, self._frames.pick(start, now)))

    async def _peek_at(self, number: int, frames: list[Any]) -> None:
        try:
            candidates = await recognise(self.kernel, frames, self._aspect, self.top_n, self.vocabulary)
        except RefusedError:
            return
        if candidates and self._segmenter.start is not None and self._sign == number:
            self.emit("candidates", sign=number, candidates=candidates)

    async def work(self) -> None:
        """Give each ended sign its gloss, in order, until cancelled."""
        while True:
            job = await self._jobs.get()
            try:
                await self._commit(job)
            finally:
                self._open_jobs -= 1

    async def _commit(self, job: _Job) -> None:
        candidates = await patiently(self.kernel, job.frames, self._aspect, self.top_n, self.vocabulary)
        if not candidates:  # none at all where the version that serves knows no gloss that was chosen
            why = "busy" if candidates is None else "unsure"
            metrics.COMMITS.labels(why).inc()
            self.emit("none", sign=job.number, why=why)
            return
        best, ended = candidates[0], job.ended
        self.notes.sign(job.number, job.frames, self._aspect, candidates, best["score"] >= self.threshold)
        if best["score"] < self.threshold:
            metrics.COMMITS.labels("unsure").inc()
            self.emit("none", sign=job.number, why="unsure", candidates=candidates)
            return
        self._quiet_since = ended.end
        last = self.phrase.same_again(best["gloss"], ended.start, self.kernel.settings.live_repeat_seconds)
        if last is not None:
            metrics.COMMITS.labels("repeated").inc()
            self.phrase.stretch(last, ended.end)
            self.emit("repeated", sign=job.number, of=last.number)
            return
        sign = Sign(job.number, tuple((c["gloss"], c["score"]) for c in candidates), ended.start, ended.end)
        if self.phrase.full:
            self._finish()
        self.phrase.signs.append(sign)
        metrics.COMMITS.labels("committed").inc()
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - job.wall)
        self.emit("committed", **sign.public(), token=self._token())

    def _pause(self, now: float) -> None:
        """End the phrase after a pause, or when asked, once nothing is under way."""
        if self._segmenter.start is not None or self._open_jobs:
            return
        if not self.phrase.signs:
            self._finish_when_idle = False
            return
        if self._quiet_since is None:  # a phrase that was taken up again, or a clock that began anew
            self._quiet_since = now
        if self._finish_when_idle or now - self._quiet_since >= self.kernel.settings.live_phrase_pause:
            self._finish()

    def _finish(self) -> None:
        self._finish_when_idle = False
        self.speaker.say(self.phrase)
        self.phrase.finish()

    async def close(self) -> None:
        """Stop what is under way."""
        if self._peek is not None:
            self._peek.cancel()
        await self.speaker.close()
        await self.notes.close()
