"""Many live sessions at once, replayed from clips, with what each commit took.

Run as a program beside a service: python -m tests.benchmarks.live_load URL SESSIONS SECONDS FPS STREAMS.npz
STREAMS.npz holds `frames` (F, 180, 3) and `offsets` (N + 1,): streams at FPS, which the sessions play over and over,
and `phrase_pause`: the service's seconds without a sign that end a phrase.
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
from bentos.live.segmenter import Ended, Options, Segmenter

AFTER = 3.0  # seconds that a session goes on without hands, so that its last sign ends


@dataclass
class Tally:
    """What all sessions saw; waits in seconds."""

    segments: int = 0
    answered: int = 0
    waits: list[float] = field(default_factory=list)
    english: dict[str, list[float]] = field(default_factory=dict)  # since the phrase's end, by where the text is from
    errors: list[str] = field(default_factory=list)
    late: float = 0.0


def segments(frames: list[np.ndarray], fps: float) -> int:
    """How many signs a session has to answer: those that the segmenter finds when nothing else is to be done."""
    segmenter, motion, found = Segmenter(), Motion(), 0
    for i, frame in enumerate(frames):
        seen = motion.measure(i / fps, frame.astype(np.float16).astype(np.float32))
        events = segmenter.see(i / fps, seen.hands, seen.speed, seen.lowered)
        found += sum(isinstance(e, Ended) and not e.too_short for e in events)
    return found


def played(stream: np.ndarray, fps: float, seconds: float) -> list[np.ndarray]:
    """A stream over and over for so long, then nobody."""
    frames = [stream[i % len(stream)] for i in range(round(seconds * fps))]
    return frames + [np.full_like(stream[0], np.nan)] * round(AFTER * fps)


class Signer:
    """One session: frames at their time, and when each was sent."""

    def __init__(self, frames: list[np.ndarray], fps: float, phrase_pause: float, tally: Tally):
        self.frames, self.fps, self.phrase_pause, self.tally = frames, fps, phrase_pause, tally
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
            self.tally.answered += kind in ("committed", "repeated") or event.get("why") in ("unsure", "busy")
            if kind == "committed":
                last = round((event["end"] / 1e3 - Options().tail) * self.fps)  # frame of the last movement
                self.tally.waits.append(time.perf_counter() - self.sent[last])
                self.quiet = event["end"] / 1e3
            if kind == "english" and event["final"]:
                over = self.sent[0] + self.quiet + self.phrase_pause
                self.tally.english.setdefault(event["source"], []).append(time.perf_counter() - over)


async def run(url: str, sessions: int, seconds: float, fps: float, streams: list[np.ndarray], pause: float) -> Tally:
    """All signers at once."""
    tally = Tally()
    signers = [Signer(played(streams[i % len(streams)], fps, seconds), fps, pause, tally) for i in range(sessions)]
    tally.segments = sum(segments(signer.frames, fps) for signer in signers)
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
        frames, offsets, pause = file["frames"], file["offsets"], float(file["phrase_pause"])
    streams = [frames[a:b].astype(np.float32) for a, b in pairwise(offsets)]
    tally = asyncio.run(run(url, int(sessions), float(seconds), float(fps), streams, pause))
    found = {
        "segments": tally.segments,
        "answered": tally.answered,
        "wait_ms": percentiles(tally.waits),
        "english_ms": {source: percentiles(waits) for source, waits in tally.english.items()},
        "sender_late_ms": round(tally.late * 1e3),
        "errors": tally.errors[:5],
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
