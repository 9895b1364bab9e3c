"""Clips that no model learnt from: val of a file of imported landmarks."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bentos.contract.skeleton import HANDS, LEFT_SHOULDER, RIGHT_SHOULDER
from stages.corpus.imported import ImportedLandmarks

FEWEST = 12  # frames with a hand


@dataclass(frozen=True)
class Clip:
    """One sign: (frames, 180, 3) float16 landmarks, frames a second, and width / height of the picture."""

    gloss: str
    landmarks: np.ndarray
    fps: float
    aspect: float


def val_clips(path: Path) -> list[Clip]:
    """The file's val clips in which hands are seen, in its order."""
    return clips_of(path, "val")


def clips_of(path: Path, split: str) -> list[Clip]:
    """The file's clips of a split in which hands are seen, in its order."""
    file = ImportedLandmarks(path)
    clips = [
        Clip(told.gloss, file.read(told.video_id), told.fps, told.aspect) for told in file.clips if told.split == split
    ]
    file.close()
    return [clip for clip in clips if (~np.isnan(clip.landmarks[:, HANDS, 0])).any(axis=1).sum() >= FEWEST]


def bodies(clips: list[Clip], count: int) -> list[Clip]:
    """The first clips in which shoulders are seen."""
    shoulders = [LEFT_SHOULDER, RIGHT_SHOULDER]
    return [clip for clip in clips if (~np.isnan(clip.landmarks[:, shoulders, 0])).all(axis=1).any()][:count]
