"""Brings all clips to the model's frame rate, as ragged tensors. Run as `python -m stages.transform`.

It calls the `prepare` that serving calls. What depends on the body (centring, scaling, features, padding) is left to
the first layers of the graph, so that it cannot differ between training and serving.
"""

import json
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field, field_validator
from tqdm import tqdm

from bentos.contract.skeleton import GROUPS, NUM_LANDMARKS
from stages import paths
from stages.dataset.ragged import RaggedClips, RaggedWriter
from stages.dataset.spec import TensorSpec
from stages.params import Section
from stages.pose.store import LandmarkStore
from stages.serving_model.pose2gloss import prepare
from stages.start import StageError, stage

NAMES = ("train", "val", "test")

log = logging.getLogger(__name__)


class Params(Section):
    """Parameters of `transform`."""

    frame_rate: float = Field(25.0, gt=0, description="frames a second that the model sees")
    max_frames: int = Field(195, ge=8, description="longest clip; a longer one is compressed in time")
    padding_value: float = Field(
        -100.0, description="in frames that are not there, after normalisation; masked everywhere"
    )
    chosen_landmarks: tuple[str | int, ...] = Field(
        ("left_hand", "right_hand", "pose", "face_anchors", "lips"),
        description="groups or rows of the skeleton that networks see; also: face",
    )

    @field_validator("chosen_landmarks")
    @classmethod
    def _known(cls, chosen: tuple[str | int, ...]) -> tuple[str | int, ...]:
        rows(chosen)
        return chosen


def rows(chosen: tuple[str | int, ...]) -> tuple[int, ...]:
    """Rows of the skeleton for groups and rows, ascending, each once.

    Raises:
        ValueError: a name or row that the skeleton does not have, or none at all.
    """
    found: set[int] = set()
    for item in chosen:
        if isinstance(item, str) and item not in GROUPS:
            raise ValueError(f"no group of points {item!r}: choose from {', '.join(GROUPS)}, or rows by number")
        if isinstance(item, int) and not 0 <= item < NUM_LANDMARKS:
            raise ValueError(f"no point {item}: rows go from 0 to {NUM_LANDMARKS - 1}")
        found.update(GROUPS[item] if isinstance(item, str) else (item,))
    if not found:
        raise ValueError("choose at least one group of points")
    return tuple(sorted(found))


def transform(store: LandmarkStore, splits: pd.DataFrame, augmented: Path, folder: Path, params: Params) -> dict:
    """Write {train, val, test} below `folder` as ragged clips; changed copies go to train.

    Args:
        store: landmarks of all clips, at their own frame rates.
        splits: video_id, gloss, label, split, signer, source.
        augmented: ragged clips from `augment`.
        folder: gets the tensors.
        params: frame rate and longest clip.

    Returns:
        {split: {"clips", "frames", "compressed"}}; compressed clips were longer than max_frames.
    """
    chosen = splits.set_index("video_id")
    count = {name: {"clips": 0, "frames": 0, "compressed": 0} for name in NAMES}
    with ExitStack() as stack:
        writers = {name: stack.enter_context(RaggedWriter(folder / name)) for name in NAMES}

        def write(landmarks: np.ndarray, fps: float, label: int, times: Sequence[float] = (), **row: Any) -> None:
            clip = prepare(landmarks, fps, params.frame_rate, params.max_frames, times)
            writers[row["split"]].add(clip, label, fps=params.frame_rate, **row)
            tally = count[row["split"]]
            tally["clips"] += 1
            tally["frames"] += len(clip)
            tally["compressed"] += len(clip) == params.max_frames

        clips = store.read(video_ids=list(chosen.index))
        for clip in tqdm(clips, total=len(chosen), unit="clip", desc="transform", disable=None):
            row = chosen.loc[clip.video_id]
            known = {name: row[name] for name in ("gloss", "split", "signer", "source")}
            write(
                clip.landmarks,
                clip.fps,
                int(row["label"]),
                clip.times,
                **known,
                video_id=clip.video_id,
                aspect=clip.aspect,
                variant=0,
            )
        copies = RaggedClips.open(augmented)
        for i in tqdm(range(len(copies)), unit="clip", desc="changed copies", disable=None):
            row = copies.clips.iloc[i].to_dict()
            write(copies[i], row.pop("fps"), int(copies.labels[i]), **row)
    return count


def main() -> None:
    """Run the stage."""
    with stage("transform", Params) as params:
        store, splits = LandmarkStore(paths.LANDMARKS), pd.read_parquet(paths.SPLIT_TABLE)
        count = transform(store, splits, paths.AUGMENTED, paths.TENSORS, params)
        labels, points = tuple(json.loads(paths.LABELS.read_text(encoding="utf-8"))), rows(params.chosen_landmarks)
        TensorSpec(labels, points, params.frame_rate, params.max_frames, params.padding_value).write(paths.SPEC)
        for name, tally in count.items():
            log.info("%s: %d clips, %d frames, %d compressed to the longest", name, *tally.values())
        if empty := [name for name in ("train", "val") if not count[name]["clips"]]:
            raise StageError(f"no clips in {', '.join(empty)}: see {paths.SPLIT}, and choose more glosses or clips")


if __name__ == "__main__":
    main()
