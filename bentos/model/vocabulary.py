"""Figures of the glosses, as they travel in the model, for the page to draw.

`GET /vocabulary/{gloss}` gives one as bytes, little-endian: float32 frames a second, float32 aspect (width / height),
uint32 frames, uint32 steps of a coordinate from 0 to 1, then frames × 180 × 3 int16: coordinates in those steps,
-32768 = not seen.
"""

import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from bentos.contract.loading import find
from bentos.contract.summary import HANDS

FILE = "vocabulary.npz"
UNSEEN = -32768
HEADER = struct.Struct("<ffII")


def listed(folder: Path, metadata: dict[str, Any]) -> list[dict[str, Any]]:
    """What is known of each gloss of a model, in the order of its labels.

    Args:
        folder: of the model.
        metadata: as `loading.read_metadata` gives it.

    Returns:
        For each gloss: `gloss`; `clips` it was learnt from, and of how many `signers` (None: not known); `figure`,
        whether there is an example of it.
    """
    labels = metadata["labels"]
    unknown = [None] * len(labels)
    learnt_from = metadata.get("learnt_from") or {"clips": unknown, "signers": unknown}
    drawn = _drawn(folder)
    rows = zip(labels, learnt_from["clips"], learnt_from["signers"], strict=True)
    return [{"gloss": g, "clips": clips, "signers": signers, "figure": g in drawn} for g, clips, signers in rows]


def _drawn(folder: Path) -> frozenset[str]:
    path = find(folder, FILE)
    if path is None:
        return frozenset()
    with np.load(path, allow_pickle=False) as file:
        return frozenset(file["glosses"].tolist()) if "streams" in file else frozenset()


def example(folder: Path, gloss: str) -> bytes | None:
    """The figure of a gloss.

    Args:
        folder: of the model; the stage `export` says what its vocabulary.npz holds.
        gloss: as the model's labels name it.

    Returns:
        None when the model brings none. Versions from before there were figures bring a person's recording instead:
        that is not given out.
    """
    path = find(folder, FILE)
    if path is None:
        return None
    with np.load(path, allow_pickle=False) as file:  # reads only what is asked for
        found = np.flatnonzero(file["glosses"] == gloss)
        if not len(found) or "streams" not in file:
            return None
        end, start = file["ends"][found[0]], file["ends"][found[0] - 1] if found[0] else 0
        frames = _frames(zlib.decompress(file["streams"][start:end]), file["still"], file["rows"], file["parents"])
        header = HEADER.pack(file["fps"], file["aspect"], len(frames), file["scale"])
    return header + frames.astype("<i2").tobytes()


def _frames(stream: bytes, still: np.ndarray, rows: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """What a stream says, (frames, 180, 3) int: changes are summed up, and bones are put to their parents."""
    series = np.frombuffer(stream, "<i2").reshape(3 * len(rows) + 2, -1).cumsum(axis=1, dtype=np.int64).T
    frames = np.repeat(still[None].astype(np.int64), len(series), axis=0)
    bones = series[:, :-2].reshape(len(series), len(rows), 3)
    for i, (row, parent) in enumerate(zip(rows, parents, strict=True)):
        frames[:, row] = bones[:, i] + (frames[:, parent] if parent >= 0 else 0)
    seen = np.repeat(series[:, -2:] > 0, (HANDS.stop - HANDS.start) // 2, axis=1)
    frames[:, HANDS][~seen] = UNSEEN
    return frames
