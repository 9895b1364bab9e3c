"""One live session: frames in, events out. Knows nothing of sockets; the time is passed in."""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import assert_never

from bentos import metrics
from bentos.contract.rejection import is_known
from bentos.errors import RefusedError
from bentos.kernel import Kernel
from bentos.live import messages, wire
from bentos.live.finder import FoundSign, SignFinder
from bentos.live.notes import Notes
from bentos.live.phrase import Phrase, ResumeTokens, Sign
from bentos.live.recognition import Recognition, Scored
from bentos.live.segmenter import Ended
from bentos.live.speaker import Speaker
from bentos.live.stream import Event, Stream
from bentos.translation.budget import Asker


class Session:
    """The state of one signer.

    Args:
        kernel: model and translation.
        tokens: signs what a client carries to another process.
        emit: takes an event; must not block.
        client: address of the signer, whose calls of the language model are counted.
    """

    def __init__(
        self, kernel: Kernel, tokens: ResumeTokens, emit: Callable[[messages.ServerEvent], None], client: str = ""
    ):
        self.id = uuid.uuid4().hex
        self.kernel = kernel
        self.tokens = tokens
        self.emit = emit
        self.phrase = Phrase()
        self._threshold = kernel.settings.live_threshold
        self.speaker = Speaker(kernel, emit, self._token, Asker(client, self.id))
        self.notes = Notes(kernel)
        self.recognition = Recognition(kernel, self._warn)
        self._stream = Stream(kernel.settings.live_max_fps)
        self._finder = SignFinder(self.recognition, self)
        self._hands = (False, False)
        self._quiet_since: float | None = None  # end of the last sign of the phrase
        self._finish_when_idle = False

    def begin(self, start: messages.Start, may_spend: bool) -> None:
        """Take the client's settings, and its phrase when it lost another socket.

        Raises:
            RefusedError: it chose glosses that the model does not know, or brings own signs that it cannot compare.
        """
        loaded = self.kernel.recogniser.loaded
        self.recognition.vocabulary.choose(start.vocabulary, loaded)
        self.recognition.own_signs.choose(start.own_signs, loaded)
        self.recognition.top_n = start.top_n
        kept = self.tokens.decode(start.token, time.time()) if start.token else None
        if start.token and kept is None:
            self._warn("the token is not valid any more; a new phrase begins")
        if kept is not None:
            self.phrase = kept
        self._threshold = self._threshold if start.threshold is None else start.threshold
        self._stream = Stream(self.kernel.settings.live_max_fps, start.aspect)
        self.notes.consent = start.consent
        self.speaker.llm = self.kernel.llm and start.english and may_spend
        self.ready(resumed=kept is not None)

    @property
    def threshold(self) -> float:
        """Least score that a sign needs for a word: the client's, the operator's or the version's."""
        return self.kernel.recogniser.loaded.threshold if self._threshold is None else self._threshold

    def _warn(self, sentence: str) -> None:
        self.emit(messages.Error(error=sentence, fatal=False))

    def ready(self, resumed: bool = False) -> None:
        """Say what serves and what is kept."""
        loaded = self.kernel.recogniser.loaded
        self.emit(
            messages.Ready(
                session=self.id,
                resumed=resumed,
                phrase=[sign.public() for sign in self.phrase.signs],
                model=loaded.version.name,
                version=loaded.version.version,
                vocabulary=len(self.recognition.vocabulary.among(loaded)),
                threshold=self.threshold,
                english="llm" if self.speaker.llm else "glosses",
                feedback=self.kernel.feedback.mode,
                token=self._token(),
            )
        )

    def frame(self, content: bytes, wall: float) -> None:
        """Take one binary message that arrived at `wall` (seconds of a steady clock).

        Raises:
            RefusedError: no valid frame; the session goes on.
        """
        now, landmarks = wire.decode_frame(content)
        if self._stream.rewound(now):
            self._apply(self._stream.flush())
            self._stream.reset()
            self._quiet_since = None
        taken = self._stream.take(now, landmarks, wall)
        if taken is None:
            return
        seen, events = taken
        if (seen.left, seen.right) != self._hands:
            self._hands = (seen.left, seen.right)
            self.emit(messages.Hands(left=seen.left, right=seen.right))
        self._apply(events)
        self._pause(now)

    def tick(self, wall: float) -> None:
        """Let time pass when no frames come."""
        passed = self._stream.tick(wall)
        if passed is not None:
            now, events = passed
            self._apply(events)
            self._pause(now)

    def command(self, message: messages.ClientMessage) -> None:
        """Take a text message other than the first.

        Raises:
            RefusedError: it cannot be done; the session goes on.
        """
        match message:
            case messages.Start():
                raise RefusedError(422, "start must be the first message")
            case messages.Choose():
                self._choose(message.sign, message.gloss)
            case messages.End():
                self._apply(self._stream.flush())
                self._finish_when_idle = True
                self._pause(self._stream.now)
            case messages.Undo():
                self.phrase.undo()
                self._changed()
            case messages.Clear():
                self.phrase.clear()
                self._changed()
            case messages.Ping():
                pass  # that it was heard is all it is for
            case _:
                assert_never(message)

    def _choose(self, number: int, gloss: str) -> None:
        if gloss not in self.kernel.recogniser.loaded.known and gloss not in self.recognition.own_signs.names:
            raise RefusedError(422, f"{gloss[:40]!r} is neither in the model's vocabulary nor an own sign")
        unsure = self.phrase.unsure.pop(number, None)
        if unsure is not None and not self.phrase.full:
            self.phrase.insert(unsure)
            self._quiet_since = max(self._quiet_since or 0.0, unsure.end)
        if self.phrase.choose(number, gloss):
            self._changed()
        elif not self.speaker.choose(number, gloss):
            raise RefusedError(422, f"there is no sign {number} in this phrase or the one before")
        self.notes.correction(number, gloss)

    def _changed(self) -> None:
        self.emit(messages.Phrase(signs=[sign.public() for sign in self.phrase.signs], token=self._token()))

    def _token(self) -> str:
        self.phrase.context = self.speaker.context or self.phrase.context
        return self.tokens.encode(self.phrase, time.time())

    def _apply(self, events: Sequence[Event]) -> None:
        for event in events:
            start = event.start if isinstance(event, Ended) else self._stream.sign_start
            if start is not None:
                self._finder.put(event, self._stream.clip(start, self._stream.now))

    def sign_started(self, start: float) -> int:
        """A sign may be under way since then; returns its number."""
        number = self.phrase.take_number()
        self.emit(messages.SignStarted(sign=number, time=start * 1e3))
        return number

    def sign_candidates(self, number: int, candidates: list[Scored]) -> None:
        """What the sign under way may be."""
        self.emit(messages.Candidates(sign=number, candidates=candidates))

    def sign_too_short(self, sign: FoundSign) -> None:
        """A movement was too short for a sign."""
        self._none(sign, "too_short")

    def sign_settled(self, end: float) -> None:
        """What was before that time in the stretch under way, is settled."""
        self._stream.settle(end)

    def _none(self, sign: FoundSign, why: messages.WhyNone, candidates: list[Scored] | None = None) -> None:
        metrics.COMMITS.labels(why).inc()
        times = {"start": sign.start * 1e3, "end": sign.end * 1e3}
        self.emit(messages.NoSign(sign=sign.number, why=why, candidates=candidates, **times))

    async def work(self) -> None:
        """Give each ended sign its gloss, in order, until cancelled."""
        await self._finder.work()

    def sign_found(self, sign: FoundSign, candidates: list[Scored] | None) -> None:
        """A sign is over: commit it where it is sure enough. None: the model could not be asked."""
        if not candidates:  # none at all where the version that serves knows no gloss that was chosen
            self._none(sign, "busy" if candidates is None else "unsure")
            return
        sure = is_known(candidates, self.threshold)
        self.notes.sign(sign.number, sign.clip, candidates, sure)
        scored = Sign(sign.number, tuple((c["gloss"], c["score"]) for c in candidates), sign.start, sign.end)
        if sure:
            self._commit(scored, sign.since)
            return
        self.phrase.doubt(scored)
        self._none(sign, "unsure", candidates)

    def _commit(self, sign: Sign, since: float) -> None:
        self._quiet_since = sign.end
        repeated = self.phrase.find_repeated(sign, self.kernel.settings.live_repeat_seconds)
        if repeated is not None:
            metrics.COMMITS.labels("repeated").inc()
            self.phrase.extend(repeated, sign.end)
            self.emit(messages.Repeated(sign=sign.number, of=repeated.number))
            return
        if self.phrase.full:
            self._finish()
        self.phrase.signs.append(sign)
        metrics.COMMITS.labels("committed").inc()
        metrics.COMMIT_SECONDS.observe(time.perf_counter() - since)
        self.emit(messages.Committed(**dict(sign.public()), token=self._token()))

    def _pause(self, now: float) -> None:
        """End the phrase after a pause, or when asked, once nothing is under way."""
        if self._stream.sign_start is not None or not self._finder.idle:
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

    def suspend(self) -> None:
        """Give the phrase with a token, to go on elsewhere."""
        self._changed()

    async def close(self) -> None:
        """Stop what is under way."""
        await self.speaker.close()
        self.notes.close()
