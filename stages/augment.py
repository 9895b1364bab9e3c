"""Makes changed copies of the train clips. Run as `python -m stages.augment`.

Training changes clips at random anyway; copies made here are fixed, cached by DVC and can be looked at. They keep
their clip's own frame rate, or have an even one where the clip's is not; `transform` treats them like any other clip.
"""

import logging
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field
from tqdm import tqdm

from stages import paths
from stages.augmentation.random import RandomChanges, Strength
from stages.dataset.ragged import RaggedWriter
from stages.params import Section
from stages.pose.store import Clip, LandmarkStore
from stages.serving_model.pose2gloss import resample
from stages.start import stage

log = logging.getLogger(__name__)


class Params(Section):
    """Parameters of `augment`."""

    frequency: int = Field(1, ge=0, description="changed copies of each train clip; 0 = none")
    seed: int = Field(0, description="of all chance")
    strength: Strength = Field(Strength(), description="how far and how often copies are changed")


def augment(store: LandmarkStore, splits: pd.DataFrame, folder: Path, params: Params) -> int:
    """Write the copies as ragged clips; a copy depends on seed, video and number alone.

    Args:
        store: landmarks of all clips.
        splits: video_id, gloss, label, split, signer, source.
        folder: gets the ragged clips.
        params: how many and how strong.

    Returns:
        How many copies were written.
    """
    train = splits[splits["split"] == "train"].set_index("video_id")
    changes, written = RandomChanges(params.strength), 0
    with RaggedWriter(folder) as writer:
        wanted = list(train.index) if params.frequency else []
        clips = store.read(video_ids=wanted) if wanted else ()
        for clip in tqdm(clips, total=len(wanted), unit="clip", desc="augment", disable=None):
            row = train.loc[clip.video_id]
            landmarks, fps = evenly(clip)
            for variant in range(1, params.frequency + 1):
                rng = np.random.default_rng((params.seed, zlib.crc32(clip.video_id.encode()), variant))
                speed = float(changes.speeds(1, rng)[0])
                copy = changes(landmarks.astype(np.float32), clip.aspect, speed, rng)
                known = {name: row[name] for name in ("gloss", "split", "signer", "source")}
                writer.add(
                    copy,
                    int(row["label"]),
                    **known,
                    video_id=clip.video_id,
                    fps=fps,
                    aspect=clip.aspect,
                    variant=variant,
                )
                written += 1
    return written


def evenly(clip: Clip) -> tuple[np.ndarray, float]:
    """A clip's landmarks, (frames, 180, 3), at an even frame rate, and that rate: of most of its frames."""
    if not len(clip.times):
        return clip.landmarks, clip.fps
    rate = float(1 / np.median(np.diff(clip.times)))
    return resample(clip.landmarks, clip.fps, rate, clip.times), rate


def main() -> None:
    """Run the stage."""
    with stage("augment", Params) as params:
        written = augment(LandmarkStore(paths.LANDMARKS), pd.read_parquet(paths.SPLIT_TABLE), paths.AUGMENTED, params)
        log.info("%d changed copies in %s", written, paths.AUGMENTED)


if __name__ == "__main__":
    main()
