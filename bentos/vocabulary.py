"""Examples of the glosses, as they travel in the model, for the page to draw.

`GET /vocabulary/{gloss}` gives one as bytes, little-endian: float32 frames a second, float32 aspect (width / height),
uint32 frames, uint32 steps of a coordinate from 0 to 1, then frames × 180 × 3 int16: coordinates in those steps,
-32768 = not seen.
"""

import struct
from pathlib import Path

import numpy as np

from bentos.loading import find

FILE = "vocabulary.npz"
SCALE = 4096
HEADER = struct.Struct("<ffII")


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
