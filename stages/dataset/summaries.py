"""One row of numbers a clip: what `validate` checks, and what `split` draws, instead of the frames themselves."""

import hashlib
from collections.abc import Iterable, Iterator

import numpy as np
import pandas as pd

from bentos.contract.skeleton import HANDS, PARTS
from bentos.contract.summary import MEASURED, SIDES, mean, measure, placeholders, sides
from stages.pose.store import Clip

COLUMNS = (
    *("video_id", "gloss", "split", "signer", "source", "sha256", "fps", "width", "height", "frames"),
    *(*MEASURED, *SIDES, "xy_min", "xy_max", "z_min", "z_max", "infinite", "partial", "constant", "landmarks_hash"),
)


def summarise(clip: Clip) -> dict[str, object]:
    """Describe one clip by numbers.

    Args:
        clip: landmarks (frames, 180, 3), image fractions, NaN = not seen.

    Returns:
        The clip's own fields, `frames`, what `bentos.contract.summary.measure` and `sides` give, and
        `xy_min`, `xy_max`, `z_min`, `z_max` (finite values only); `infinite` (how many values are); `partial` (share
        of frames in which a part is seen only in part); `constant` (share of frames in which one number stands for
        points that were not seen); `landmarks_hash` (see below). What cannot be measured is NaN.
    """
    points = clip.landmarks.astype(np.float32)
    infinite = np.isinf(points)
    points[infinite] = np.nan
    missing = np.isnan(points).any(axis=2)
    partial = np.zeros(len(points), dtype=bool)
    for rows in PARTS.values():
        partial |= missing[:, rows].any(axis=1) & ~missing[:, rows].all(axis=1)
    row = {name: getattr(clip, name) for name in COLUMNS[:9]}
    return {
        **row,
        "frames": len(points),
        **measure(points, clip.fps),
        **sides(points),
        **_range("xy", points[..., :2]),
        **_range("z", points[..., 2]),
        "infinite": int(infinite.sum()),
        "partial": mean(partial),
        "constant": mean(placeholders(points).any(axis=1)),
        "landmarks_hash": landmarks_hash(clip.landmarks),
    }


def landmarks_hash(landmarks: np.ndarray) -> str:
    """SHA-256 of what the hands do, or of all points where no hand is seen.

    Clips of one recording agree in it although one has a body and the other none, or left and right changed places:
    two extractors may tell sides, frame by frame, differently.

    Args:
        landmarks: (frames, 180, 3), NaN = not seen.
    """
    hands = landmarks[:, HANDS].reshape(len(landmarks), 2, 63)
    if np.isnan(hands).all():
        return hashlib.sha256(landmarks.tobytes()).hexdigest()
    first = np.nan_to_num(hands.astype(np.float32), nan=-9.0).sum(axis=2).argsort(axis=1, kind="stable")
    return hashlib.sha256(np.take_along_axis(hands, first[..., None], axis=1).tobytes()).hexdigest()


def summaries(clips: Iterable[Clip]) -> pd.DataFrame:
    """Summaries of many clips, one row each in their order; only one clip is held at a time."""
    return pd.DataFrame.from_records(list(_rows(clips)), columns=list(COLUMNS))


def _rows(clips: Iterable[Clip]) -> Iterator[tuple[object, ...]]:
    for clip in clips:
        row = summarise(clip)
        yield tuple(row[name] for name in COLUMNS)


def _range(name: str, values: np.ndarray) -> dict[str, float]:
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (np.nan, np.nan)
    return {f"{name}_min": low, f"{name}_max": high}
