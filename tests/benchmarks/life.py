"""Streams that are like life: clips with and without rests between, signs outside the vocabulary, real sentences."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bentos.contract.skeleton import HANDS
from tests.benchmarks.heldout import Clip
from tests.bentos.live.streams import Truth

REST = 1.2  # seconds between signs, as in slow, clear signing
BETWEEN = 0.2  # seconds from the last place of a hand to its next, without a rest
LAP = np.array([0.56, 1.0, 0.0]), np.array([0.44, 1.0, 0.0])  # left, right
KINDS = ("out", "lap", "held")  # of rests: hands out of the picture, in the lap, held where the sign ended


@dataclass(frozen=True)
class Stream:
    """One signer's frames (time in seconds, (180, 3)) and the signs in them."""

    frames: list[tuple[float, np.ndarray]]
    aspect: float
    truth: list[Truth]


def signing(clip: Clip) -> np.ndarray:
    """A clip from the first to the last frame in which a hand is seen, (frames, 180, 3) float32."""
    frames = np.asarray(clip.landmarks, np.float32)
    seen = np.flatnonzero(~np.isnan(frames[:, HANDS, 0]).all(axis=1))
    return frames[seen[0] : seen[-1] + 1]


def moved(before: np.ndarray, after: np.ndarray, count: int) -> np.ndarray:
    """Frames between two, each point in a line; what only one of them shows is as there."""
    weight = np.linspace(0, 1, count + 2, dtype=np.float32)[1:-1, None, None]
    between = before * (1 - weight) + after * weight
    return np.where(np.isnan(between), np.where(weight < 0.5, before, after), between)


def resting(last: np.ndarray, following: np.ndarray, count: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """A rest of so many frames between two signs."""
    still = last.copy()
    if kind == "out":
        still[HANDS] = np.nan
    if kind == "lap":
        for rows, at in ((slice(0, 21), LAP[0]), (slice(21, 42), LAP[1])):
            still[rows] += at - still[rows][:1]
    frames = np.repeat(still[None], count, axis=0)
    if kind != "out":
        way = min(count // 3, 8)
        frames[:, HANDS] += rng.normal(0, 0.0015, (count, 42, 3))
        frames[:way] = moved(last, still, way)
        frames[count - way :] = moved(still, following, way)
    return frames


def stream_of(clips: Sequence[Clip], fps: float, rest: float = REST, kind: str = "out", seed: int = 0) -> Stream:
    """Clips in a row with rests between, as a camera of `fps` frames a second sees them.

    A sign begins with the first and ends with the last frame in which a hand is seen.
    """
    rng, rate = np.random.default_rng(seed), 50.0
    signs = [signing(clip) for clip in clips]
    parts: list[np.ndarray] = []
    truth: list[Truth] = []
    for i, (clip, frames) in enumerate(zip(clips, signs, strict=True)):
        if i == 0:
            parts.append(resting(frames[0], frames[0], round(rate * REST), "out", rng))
        elif rest == 0:
            parts.append(moved(signs[i - 1][-1], frames[0], round(rate * BETWEEN)))
        else:
            parts.append(resting(signs[i - 1][-1], frames[0], round(rate * rest), kind, rng))
        start = sum(map(len, parts)) / rate
        index = np.minimum(
            (np.arange(round(len(frames) / clip.fps * rate)) / rate * clip.fps).astype(int), len(frames) - 1
        )
        parts.append(frames[index])
        truth.append(Truth(clip.gloss, start, start + len(frames) / clip.fps))
    parts.append(resting(signs[-1][-1], signs[-1][-1], round(rate * REST), "out", rng))
    joined = np.concatenate(parts)
    picked = np.minimum((np.arange(int(len(joined) / rate * fps)) / fps * rate).astype(int), len(joined) - 1)
    return Stream([(i / fps, joined[at]) for i, at in enumerate(picked)], clips[0].aspect, truth)


def mixed(
    clips: Sequence[Clip], inside: Sequence[str], outside: Sequence[str], count: int, signs: int = 6
) -> list[list[Clip]]:
    """Rows of clips of which one in four is of a gloss outside; the same every time."""
    rng = np.random.default_rng(7)
    pools = [[clip for clip in clips if clip.gloss in glosses] for glosses in (set(inside), set(outside))]
    rows = []
    for _ in range(count):
        chosen = [pools[int(rng.random() < 0.25 and len(pools[1]) > 0)] for _ in range(signs)]
        rows.append([pool[int(rng.integers(len(pool)))] for pool in chosen])
    return rows


def sentences(folder: Path) -> list[Stream]:
    """The real sentences of `continuous.npz` in a folder, with the truth of `continuous.json`."""
    told = {row["video_id"]: row for row in json.loads((folder / "continuous.json").read_text())}
    found = []
    with np.load(folder / "continuous.npz", allow_pickle=False) as file:
        for i, name in enumerate(file["video_id"].tolist()):
            frames = file["frames"][file["offsets"][i] : file["offsets"][i + 1]].astype(np.float32)
            fps = told[name]["fps"]
            still = np.repeat(frames[-1:], round(fps), axis=0)
            still[:, HANDS] = np.nan
            frames = np.concatenate([frames, still])
            truth = [Truth(s["gloss"], s["first"] / fps, (s["last"] + 1) / fps) for s in told[name]["signs"]]
            found.append(Stream([(k / fps, frame) for k, frame in enumerate(frames)], float(file["aspect"][i]), truth))
    return found
