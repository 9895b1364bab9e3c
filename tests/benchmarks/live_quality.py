"""Streams with a known truth through whole live sessions, faster than real time: what people would have read.

Time is the stream's own: it stands still while the model works, which `live_load.py` measures instead.
"""

import asyncio
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from bentos.kernel import Kernel
from bentos.live import messages, wire
from bentos.live.phrase import ResumeTokens
from bentos.live.segmenter import Ended
from bentos.live.session import Session
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from stages.pose.store import Clip, LandmarkStore
from tests.bentos.live.streams import Truth

REST = 1.2  # seconds between signs, as in slow, clear signing


@dataclass(frozen=True)
class Shown:
    """What a session showed of one segment: its time in the stream, when it was known, and the gloss (None: none)."""

    start: float
    end: float
    known: float
    gloss: str | None


class Player:
    """Plays streams to sessions of one model.

    Args:
        model: folder of an exported model.
        threshold: scores below it commit nothing; None = the service's default.
    """

    def __init__(self, model: Path, threshold: float | None = None):
        changed = {} if threshold is None else {"live_threshold": threshold}
        settings = Settings(model_dir=model, live_phrase_pause=1e9, **changed)
        self.recogniser = Recogniser(FolderSource(model))
        if not self.recogniser.refresh():
            raise ValueError(f"{model}: {self.recogniser.reason}")

        async def no_english(lattice, context, asker):
            return {}

        self.kernel = Kernel(settings, self.recogniser, no_english, llm=False)

    def isolated(self, clip: Clip) -> str:
        """The gloss that the model gives the whole clip."""
        loaded = self.recogniser.loaded
        said = loaded.predict(np.asarray(clip.landmarks, np.float32), clip.fps, clip.aspect)
        return loaded.best(said, 1)[0]["gloss"]

    def play(self, stream: list[tuple[float, np.ndarray]], aspect: float) -> list[Shown]:
        """Everything that one session shows of a stream of (time in seconds, (180, 3) landmarks)."""
        return asyncio.run(self._play(stream, aspect))

    async def _play(self, stream: list[tuple[float, np.ndarray]], aspect: float) -> list[Shown]:
        spans: dict[int, tuple[float, float]] = {}
        shown: list[Shown] = []
        now = 0.0

        def emit(event: messages.ServerEvent) -> None:
            match event:
                case messages.Committed():
                    shown.append(Shown(event.start / 1e3, event.end / 1e3, now, event.gloss))
                case messages.Repeated() | messages.NoSign(why="unsure" | "busy"):
                    shown.append(Shown(*spans.get(event.sign, (now, now)), now, None))

        session = _Noting(self.kernel, ResumeTokens(b"benchmark", 60), emit, spans)
        session.begin(messages.Start(aspect=aspect), may_spend=False)
        worker = asyncio.create_task(session.work())
        for now, landmarks in stream:  # `emit` reads `now`
            session.frame(wire.encode_frame(now, landmarks), now)
            while session.busy:
                await asyncio.sleep(0)
        worker.cancel()
        await session.close()
        return shown


class _Noting(Session):
    """A session that notes where each of its segments lies, and whether one waits for its gloss."""

    def __init__(self, kernel, tokens, emit, spans):
        super().__init__(kernel, tokens, emit)
        self._spans = spans

    def _apply(self, events) -> None:
        super()._apply(events)
        for event in events:
            if isinstance(event, Ended):
                self._spans[self._sign] = event.start, event.end

    @property
    def busy(self) -> bool:
        return not self._queue.idle


@dataclass(frozen=True)
class Heldout:
    """The clips of val and test of a pipeline's data folder, by signer."""

    folder: Path

    @cached_property
    def clips(self) -> dict[str, list[Clip]]:
        """Signer: clips, in which a hand is seen."""
        splits = pd.read_parquet(self.folder / "splits.parquet")
        chosen = splits[splits["split"].isin(["val", "test"])]
        grouped: dict[str, list[Clip]] = {}
        for clip in LandmarkStore(self.folder / "landmarks").read(chosen["video_id"].tolist()):
            if (~np.isnan(clip.landmarks[:, :42, 0])).any():
                grouped.setdefault(str(clip.signer), []).append(clip)
        return grouped


def stream_of(clips: list[Clip], fps: float) -> tuple[list[tuple[float, np.ndarray]], list[Truth]]:
    """One signer's clips with rests between, as a camera of `fps` frames a second sees them, and the truth.

    In a rest the body stays as it is at the border of the clip, and the hands are out of the picture. A sign begins
    with the first and ends with the last frame in which a hand is seen.
    """
    stream: list[tuple[float, np.ndarray]] = []
    truth: list[Truth] = []
    began = 0.0
    for clip in clips:
        frames = np.asarray(clip.landmarks, np.float32)
        hands = np.flatnonzero(~np.isnan(frames[:, :42, 0]).all(axis=1)) / clip.fps
        truth.append(Truth(clip.gloss, began + REST + hands[0], began + REST + hands[-1] + 1 / clip.fps))
        still = [frames[0].copy(), frames[-1].copy()]
        for frame in still:
            frame[:42] = np.nan
        length = len(frames) / clip.fps
        for t in np.arange(np.ceil(began * fps) / fps, began + length + 2 * REST, 1 / fps):
            index = int((t - began - REST) * clip.fps)
            inside = t >= began + REST and index < len(frames)
            stream.append((float(t), frames[index] if inside else still[index >= len(frames)]))
        began = stream[-1][0] + 1 / fps
    return stream, truth


@dataclass(frozen=True)
class Quality:
    """How well what was shown fits the truth; shares are 0 to 1, times in seconds."""

    signs: int
    segments: int
    boundary_f1: float
    committed: float
    right: float
    isolated_right: float
    wrong: float
    to_commit: float
    to_commit_p95: float


def overlap(shown: Shown, sign: Truth) -> float:
    """Intersection over union of two stretches of time."""
    both = min(shown.end, sign.end) - max(shown.start, sign.start)
    return both / (max(shown.end, sign.end) - min(shown.start, sign.start))


def judge(player: Player, heldout: Heldout, fps: float) -> Quality:
    """Play every signer's stream and compare."""
    signs = segments = matched = committed = right = isolated = 0
    waits: list[float] = []
    for clips in heldout.clips.values():
        stream, truth = stream_of(clips, fps)
        shown = player.play(stream, clips[0].aspect)
        signs, segments = signs + len(truth), segments + len(shown)
        committed += sum(s.gloss is not None for s in shown)
        isolated += sum(player.isolated(clip) == clip.gloss for clip in clips)
        for sign in truth:
            best = max(shown, key=lambda s: overlap(s, sign), default=None)
            if best is None or overlap(best, sign) < 0.5:
                continue
            matched += 1
            if best.gloss is not None:
                waits.append(best.known - sign.end)
                right += best.gloss == sign.gloss
    f1 = 2 * matched / (segments + signs)
    return Quality(
        signs,
        segments,
        f1,
        committed / signs,
        right / signs,
        isolated / signs,
        (committed - right) / signs,
        float(np.median(waits)),
        float(np.percentile(waits, 95)),
    )


def idle(body: Clip, fps: float, seconds: float, rng: np.random.Generator) -> list[tuple[float, np.ndarray]]:
    """A person who listens: the hands lie in the lap and tremble as a detector does."""
    frames = np.repeat(np.asarray(body.landmarks[:1], np.float32), round(seconds * fps), axis=0)
    hands = np.asarray(body.landmarks, np.float32)[:, :42]
    for part in (slice(0, 21), slice(21, 42)):
        seen = np.flatnonzero(~np.isnan(hands[:, part, 0]).any(axis=1))
        shape = hands[seen[0], part] - hands[seen[0], part][:1] if len(seen) else hands[:1, part][0] * np.nan
        frames[:, part] = shape + np.array([0.56 if part.start == 0 else 0.44, 1.0, 0.0])
    frames[:, :42] += rng.normal(0, 0.002, (len(frames), 42, 3))
    return [(i / fps, frame.astype(np.float32)) for i, frame in enumerate(frames)]


def fidgeting(body: Clip, fps: float, seconds: float, rng: np.random.Generator) -> list[tuple[float, np.ndarray]]:
    """A restless person: the hands sway and rub in the lap, and one scratches the face every twelve seconds."""
    stream = idle(body, fps, seconds, rng)
    sway = np.zeros((2, 2))
    for now, frame in stream:
        sway += -sway * 2 / fps + rng.normal(0, 0.08, (2, 2)) / np.sqrt(fps)
        scratch = np.clip(np.sin((now % 12 - 5) / 2.4 * np.pi), 0, 1) if 5 <= now % 12 <= 7.4 else 0.0
        frame[:21, :2] += sway[0] * 0.3
        frame[21:42, :2] += sway[1] * 0.3
        frame[21:42, :2] += scratch * np.array([0.02, -0.6]) + (0.01 * np.sin(now * 25) if scratch > 0.9 else 0)
    return stream
