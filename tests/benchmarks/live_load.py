"""Many live sessions at once, replayed from clips, with what each commit took.

Run as a program beside a service: python -m tests.benchmarks.live_load URL SESSIONS SECONDS FPS STREAMS.npz
STREAMS.npz holds `frames` (F, 180, 3) and `offsets` (N + 1,): streams at FPS, which the sessions play over and over;
`ends` (F,) bool: whether a sign ends with that frame; `phrase_pause`: the service's seconds without a sign that end a
phrase.
The last line that it writes is a JSON object.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import numpy as np
from websockets.asyncio.client import connect

from bentos.live import wire
from bentos.live.motion import Motion
from bentos.live.segmenter import Ended, Segmenter

AFTER = 3.0  # seconds that a session goes on without hands, so that its last sign ends
NEAR = 0.5  # seconds between a sign's end and that of the word for it, at most


@dataclass
class Tally:
    """What all sessions saw; waits in seconds."""

    stretches: int = 0  # of movement, each of one sign at least
    started: int = 0  # signs
    answered: int = 0
    busy: int = 0  # of them: answered that there was no time
    words: int = 0  # of them: committed
    waits: list[float] = field(default_factory=list)
    english: dict[str, list[float]] = field(default_factory=dict)  # since the phrase's end, by where the text is from
    errors: list[str] = field(default_factory=list)
    late: float = 0.0


def stretches(frames: np.ndarray, fps: float) -> int:
    """How many stretches of movement the segmenter finds when nothing else is to be done."""
    segmenter, motion, found = Segmenter(), Motion(), 0
    for i, frame in enumerate(frames):
        seen = motion.measure(i / fps, frame.astype(np.float16).astype(np.float32))
        events = segmenter.see(i / fps, seen.hands, seen.speed, seen.lowered)
        found += sum(isinstance(e, Ended) and not e.too_short for e in events)
    return found


@dataclass(frozen=True)
class Stream:
    """Frames (n, 180, 3) and whether a sign ends with each (n,)."""

    frames: np.ndarray
    ends: np.ndarray

    def played(self, fps: float, seconds: float) -> "Stream":
        """It over and over for so long, then nobody."""
        again, after = np.arange(round(seconds * fps)) % len(self.frames), round(AFTER * fps)
        nobody = np.full((after, *self.frames.shape[1:]), np.nan, self.frames.dtype)
        ends = np.concatenate([self.ends[again], np.zeros(after, bool)])
        return Stream(np.concatenate([self.frames[again], nobody]), ends)


class Signer:
    """One session: frames at their time, and when each was sent."""

    def __init__(self, stream: Stream, fps: float, phrase_pause: float, tally: Tally):
        self.frames, self.fps, self.phrase_pause, self.tally = stream.frames, fps, phrase_pause, tally
        self.ends = np.flatnonzero(stream.ends)
        self.sent: list[float] = []
        self.quiet = 0.0  # time of the stream since which no sign is signed

    async def run(self, url: str, delay: float) -> None:
        await asyncio.sleep(delay)
        async with connect(url, max_size=2**20) as socket:
            listener = asyncio.create_task(self.listen(socket))
            began = time.perf_counter()
            for number, frame in enumerate(self.frames):
                due = began + number / self.fps
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                self.tally.late = max(self.tally.late, time.perf_counter() - due)
                self.sent.append(time.perf_counter())
                await socket.send(wire.encode_frame(number / self.fps, frame))
            await asyncio.sleep(2)
            listener.cancel()

    async def listen(self, socket) -> None:
        async for text in socket:
            event = json.loads(text)
            kind = event["type"]
            if kind == "error":
                self.tally.errors.append(event["error"])
            self.tally.started += kind == "sign_started"
            self.tally.answered += kind in ("committed", "repeated", "none")
            self.tally.busy += event.get("why") == "busy"
            self.tally.words += kind == "committed"
            if kind == "committed":
                self.quiet = event["end"] / 1e3
                last = self.ends[np.abs(self.ends - self.quiet * self.fps).argmin()]  # frame of the sign
                if abs(last / self.fps - self.quiet) <= NEAR and last < len(self.sent):
                    self.tally.waits.append(time.perf_counter() - self.sent[last])
            if kind == "english" and event["final"]:
                over = self.sent[0] + self.quiet + self.phrase_pause
                self.tally.english.setdefault(event["source"], []).append(time.perf_counter() - over)


async def run(url: str, sessions: int, seconds: float, fps: float, streams: list[Stream], pause: float) -> Tally:
    """All signers at once."""
    tally = Tally()
    signers = [Signer(streams[i % len(streams)].played(fps, seconds), fps, pause, tally) for i in range(sessions)]
    tally.stretches = sum(stretches(signer.frames, fps) for signer in signers)
    await asyncio.gather(*(signer.run(url, 3 * i / sessions) for i, signer in enumerate(signers)))
    return tally


def percentiles(seconds: list[float]) -> dict[str, int]:
    """How many, and their p50 and p95 in milliseconds."""
    p50, p95 = np.percentile(seconds, [50, 95]) * 1e3 if seconds else (np.nan, np.nan)
    return {"n": len(seconds)} | ({"p50": round(p50), "p95": round(p95)} if seconds else {})


def main() -> None:
    """Run as a program."""
    url, sessions, seconds, fps, path = sys.argv[1:6]
    with np.load(Path(path), allow_pickle=False) as file:
        frames, ends, offsets, pause = file["frames"], file["ends"], file["offsets"], float(file["phrase_pause"])
    streams = [Stream(frames[a:b].astype(np.float32), ends[a:b]) for a, b in pairwise(offsets)]
    tally = asyncio.run(run(url, int(sessions), float(seconds), float(fps), streams, pause))
    found = {
        "stretches": tally.stretches,
        "started": tally.started,
        "answered": tally.answered,
        "busy": tally.busy,
        "words": tally.words,
        "wait_ms": percentiles(tally.waits),
        "english_ms": {source: percentiles(waits) for source, waits in tally.english.items()},
        "sender_late_ms": round(tally.late * 1e3),
        "errors": tally.errors[:5],
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
