"""Signs that people taught the page, as landmarks to import.

python -m stages.corpus.taught anna.json ben.json --out FOLDER/own-signs.npz

Each file is what the page's "Export" gave one person, who gives it away for this. The last take of each sign becomes a
val clip, so that every gloss is tested on a take that was not learnt. `fetch.source: landmarks` takes the result.
"""

import argparse
import base64
import binascii
import logging
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bentos.contract.skeleton import NUM_LANDMARKS

HEADER = struct.Struct("<ffII")  # frames a second, width / height, frames, steps of a coordinate from 0 to 1
UNSEEN = -32768
log = logging.getLogger(__name__)


class TaughtError(ValueError):
    """A file that holds no own signs; the message says what is wrong."""


class Sign(BaseModel):
    """A sign and its takes, base64 of what `GET /vocabulary/{gloss}` gives."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=40)
    takes: list[str] = Field(min_length=1, max_length=5)


class Exported(BaseModel):
    """What the page exports."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["islr own signs"]
    version: Literal[1]
    signs: list[Sign] = Field(min_length=1, max_length=100)


class Clip(BaseModel):
    """One take; `landmarks` (frames, 180, 3) float16, NaN = not seen."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    video_id: str
    gloss: str
    split: Literal["train", "val"]
    fps: float = Field(ge=1, le=240)
    aspect: float = Field(ge=0.1, le=10)
    landmarks: np.ndarray


def read(path: Path) -> Iterator[Clip]:
    """The takes of one exported file.

    Raises:
        TaughtError: it is none, or a take in it is damaged.
        OSError: it cannot be read.
    """
    try:
        exported = Exported.model_validate_json(path.read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise TaughtError(f"{path.name} holds no own signs that the page exported: {where}: {first['msg']}") from None
    for sign in exported.signs:
        for i, take in enumerate(sign.takes):
            name = f"{path.stem}-{sign.name}-{i + 1}"
            last = i == len(sign.takes) - 1 and i > 0
            try:
                fps, aspect, landmarks = _decoded(take)
                told = {"video_id": name, "gloss": sign.name, "split": "val" if last else "train"}
                yield Clip(**told, fps=fps, aspect=aspect, landmarks=landmarks)
            except (binascii.Error, struct.error, ValueError) as error:  # pydantic's is a ValueError
                raise TaughtError(f"{path.name}: take {i + 1} of {sign.name!r} is damaged: {error}") from None


def _decoded(take: str) -> tuple[float, float, np.ndarray]:
    content = base64.b64decode(take, validate=True)
    fps, aspect, frames, steps = HEADER.unpack_from(content)
    values = np.frombuffer(content, "<i2", offset=HEADER.size)
    if not frames or not steps or len(values) != frames * NUM_LANDMARKS * 3:
        raise ValueError(f"it has {len(values)} numbers for {frames} frames")
    landmarks = np.where(values == UNSEEN, np.nan, values / np.float32(steps))
    return fps, aspect, landmarks.reshape(frames, NUM_LANDMARKS, 3).astype(np.float16)


def write(clips: list[Clip], out: Path) -> None:
    """Write clips as `stages.corpus.imported` reads them."""
    texts = {name: np.array([getattr(clip, name) for clip in clips]) for name in ("video_id", "gloss", "split")}
    numbers = {name: np.array([getattr(clip, name) for clip in clips], np.float32) for name in ("fps", "aspect")}
    offsets = np.cumsum([0, *(len(clip.landmarks) for clip in clips)]).astype(np.int64)
    frames = np.concatenate([clip.landmarks for clip in clips])
    np.savez_compressed(out, frames=frames, offsets=offsets, **texts, **numbers)


def main() -> None:
    """Write one file of landmarks."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+", help="what the page exported, a file a person")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.npz")
    told = parser.parse_args()
    try:
        clips = [clip for path in told.files for clip in read(path)]
        write(clips, told.out)
    except (TaughtError, OSError) as error:
        raise SystemExit(str(error)) from None
    log.info("%s: %d clips of %d signs", told.out, len(clips), len({clip.gloss for clip in clips}))


if __name__ == "__main__":
    main()
