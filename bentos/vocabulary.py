"""Examples of the glosses, as they travel in the model, for the page to draw.

`GET /vocabulary/{gloss}` gives one as bytes, little-endian: float32 frames a second, float32 aspect (width / height),
uint32 frames, uint32 steps of a coordinate from 0 to 1, then frames × 180 × 3 int16: coordinates in those steps,
-32768 = not seen.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np

from bentos.loading import find

FILE = "vocabulary.npz"
SCALE = 4096
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
        return frozenset(file["glosses"].tolist())


def example(folder: Path, gloss: str) -> bytes | None:
    """The example of a gloss.

    Args:
        folder: of the model.
        gloss: as the model's labels name it.

    Returns:
        None when the model brings none, as versions from before there were examples do.
    """
    path = find(folder, FILE)
    if path is None:
        return None
    with np.load(path, allow_pickle=False) as file:  # reads only what is asked for
        found = np.flatnonzero(file["glosses"] == gloss)
        if not len(found):
            return None
        i = int(found[0])
        frames = np.ascontiguousarray(file[f"clip_{i}"], "<i2")
        return HEADER.pack(file["fps"][i], file["aspect"][i], len(frames), SCALE) + frames.tobytes()
