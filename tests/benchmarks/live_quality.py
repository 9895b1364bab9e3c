"""Streams with a known truth through whole live sessions, faster than real time: what people would have read.

Time is the stream's own: it stands still while the model works, which `live_load.py` measures instead.
"""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bentos.kernel import Kernel
from bentos.live import messages, wire
from bentos.live.phrase import ResumeTokens
from bentos.live.session import Session
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.benchmarks.heldout import Clip
from tests.benchmarks.life import Stream

VOCABULARY = 300  # glosses chosen from; clips of the first 1,000 labels beyond are signs outside
OUTSIDE = 1000


@dataclass(frozen=True)
class Shown:
    """What a session showed of one segment: its time in the stream, when it was known, and the gloss (None: none)."""

    start: float
    end: float
    known: float
    gloss: str | None


@dataclass
class Played:
    """What a session showed of a stream."""

    shown: list[Shown] = field(default_factory=list)
    firsts: list[tuple[int, str]] = field(default_factory=list)  # first candidates while signs were under way
    committed: dict[int, list[str]] = field(default_factory=dict)  # glosses that a sign's number was ever given
    cpu: float = 0.0  # seconds

    @property
    def words(self) -> list[str]:
        """The glosses that were committed."""
        return [s.gloss for s in self.shown if s.gloss is not None]

    @property
    def flickers(self) -> int:
        """How often the first candidate of a sign under way changed."""
        pairs = zip(self.firsts, self.firsts[1:], strict=False)
        return sum(a != b and a[0] == b[0] for a, b in pairs)

    @property
    def revisions(self) -> int:
        """How often a committed word became another."""
        return sum(len(given) - 1 for given in self.committed.values())


class Player:
    """Plays streams to sessions of one model.

    Args:
        model: folder of an exported model.
        threshold: scores below it commit nothing; None = the version's own.
    """

    def __init__(self, model: Path, threshold: float | None = None):
        changed = {} if threshold is None else {"live_threshold": threshold}
        settings = Settings(model_dir=model, live_phrase_pause=1e9, **changed)
        self.recogniser = Recogniser(FolderSource(model), vocabulary=VOCABULARY)
        if not self.recogniser.refresh():
            raise ValueError(f"{model}: {self.recogniser.reason}")

        async def no_english(lattice, context, asker):
            return {}

        self.kernel = Kernel(settings, self.recogniser, no_english, llm=False)

    @property
    def labels(self) -> list[str]:
        """The model's glosses; the first VOCABULARY are chosen from."""
        return self.recogniser.loaded.labels

    @property
    def vocabulary(self) -> frozenset[str]:
        """The glosses that are chosen from."""
        return frozenset(self.labels[:VOCABULARY])

    def isolated(self, clip: Clip) -> str:
        """The gloss that the model gives the whole clip."""
        loaded = self.recogniser.loaded
        said = loaded.predict(np.asarray(clip.landmarks, np.float32), clip.fps, clip.aspect)
        return loaded.best(said, 1)[0]["gloss"]

    def play(self, frames: list[tuple[float, np.ndarray]], aspect: float) -> Played:
        """Everything that one session shows of a stream of (time in seconds, (180, 3) landmarks)."""
        began = time.process_time()
        played = asyncio.run(self._play(frames, aspect))
        played.cpu = time.process_time() - began
        return played

    async def _play(self, frames: list[tuple[float, np.ndarray]], aspect: float) -> Played:
        spans: dict[int, tuple[float, float]] = {}
        played, now = Played(), 0.0

        def emit(event: messages.ServerEvent) -> None:
            match event:
                case messages.Committed():
                    played.shown.append(Shown(event.start / 1e3, event.end / 1e3, now, event.gloss))
                    played.committed.setdefault(event.sign, []).append(event.gloss)
                case messages.Repeated() | messages.NoSign(why="unsure" | "busy"):
                    played.shown.append(Shown(*spans.get(event.sign, (now, now)), now, None))
                case messages.Candidates():
                    played.firsts.append((event.sign, event.candidates[0].gloss))

        session = _Noting(self.kernel, ResumeTokens(b"benchmark", 60), emit, spans)
        session.begin(messages.Start(aspect=aspect), may_spend=False)
        worker = asyncio.create_task(session.work())
        for now, landmarks in frames:  # `emit` reads `now`
            session.frame(wire.encode_frame(now, landmarks), now)
            while session.busy and not worker.done():
                await asyncio.sleep(0.0005)
        worker.cancel()
        await session.close()
        return played


class _Noting(Session):
    """A session that notes where each of its segments lies, and whether one waits for its gloss."""

    def __init__(self, kernel, tokens, emit, spans):
        super().__init__(kernel, tokens, emit)
        self._spans = spans

    def sign_found(self, sign, candidates) -> None:
        self._spans[sign.number] = sign.start, sign.end
        super().sign_found(sign, candidates)

    @property
    def busy(self) -> bool:
        return not self._finder.idle


@dataclass(frozen=True)
class Counts:
    """How what was shown of one stream fits its truth; times in seconds."""

    wanted: int  # signs of the vocabulary
    wrong: int  # words to insert, delete or replace (Levenshtein)
    signs: int
    segments: int
    matched: int  # signs of which a segment has half the time in common
    outside: int  # signs outside the vocabulary …
    worded: int  # … that got a word
    revisions: int
    flickers: int
    seconds: float
    cpu: float
    waits: tuple[float, ...]  # from the last frame of a sign to its word


def overlap(shown: Shown, start: float, end: float) -> float:
    """Intersection over union of two stretches of time."""
    both = min(shown.end, end) - max(shown.start, start)
    return both / (max(shown.end, end) - min(shown.start, start))


def edits(truth: list[str], words: list[str]) -> int:
    """Words to insert, delete or replace to get from one to the other (Levenshtein, 1966)."""
    row = np.arange(len(words) + 1)
    for i, gloss in enumerate(truth, 1):
        above, row = row, np.full_like(row, i)
        for j, word in enumerate(words, 1):
            row[j] = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (gloss != word))
    return int(row[-1])


def judge(player: Player, stream: Stream) -> Counts:
    """Play a stream and compare with the truth."""
    played = player.play(stream.frames, stream.aspect)
    inside = [sign.gloss for sign in stream.truth if sign.gloss in player.vocabulary]
    matched = worded = 0
    waits = []
    for sign in stream.truth:
        best = max(played.shown, key=lambda s: overlap(s, sign.start, sign.end), default=None)
        fits = best is not None and overlap(best, sign.start, sign.end) >= 0.5
        matched += fits
        if sign.gloss not in player.vocabulary:
            worded += any(overlap(s, sign.start, sign.end) > 0.3 and s.gloss is not None for s in played.shown)
        if fits and best.gloss is not None:
            waits.append(best.known - sign.end)
    return Counts(
        wanted=len(inside),
        wrong=edits(inside, played.words),
        signs=len(stream.truth),
        segments=len(played.shown),
        matched=matched,
        outside=len(stream.truth) - len(inside),
        worded=worded,
        revisions=played.revisions,
        flickers=played.flickers,
        seconds=stream.frames[-1][0],
        cpu=played.cpu,
        waits=tuple(waits),
    )
