"""What the chosen clips are, in numbers: by subset, gloss, source and signer."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from stages.corpus.lists.listing import SPLITS
from stages.dataset.splits import known_signers

SHARES = ("hand_share", "left_hand_share", "right_hand_share", "pose_share", "face_share")
MEASURES = ("frames", "duration", "fps", *SHARES)


def describe(clips: pd.DataFrame) -> dict[str, Any]:
    """Counts, frames a video and seconds a video (mean, std, min, max) of every subset and of all clips.

    `videos_per_gloss` counts a gloss that a subset lacks as 0; a signer who is not known is not counted.

    Args:
        clips: gloss, signer, split and `MEASURES`, one row a clip; frames at the clip's own rate, duration in s.
    """
    parts = {name: clips[clips["split"].eq(name)] for name in SPLITS} | {"all": clips}
    signed = clips[known_signers(clips)]
    glosses = clips["gloss"].unique()
    return {
        "videos": len(clips),
        "glosses": int(clips["gloss"].nunique()),
        "signers": int(signed["signer"].nunique()),
        "signers_in_several_subsets": int((signed.groupby("signer")["split"].nunique() > 1).sum()),
        "subsets": {name: _subset(part, glosses) for name, part in parts.items()},
    }


def _subset(part: pd.DataFrame, glosses: Sequence[str]) -> dict[str, Any]:
    return {
        "videos": len(part),
        "glosses": int(part["gloss"].nunique()),
        "signers": int(part.loc[known_signers(part), "signer"].nunique()),
        "videos_per_gloss": _moments(part["gloss"].value_counts().reindex(glosses, fill_value=0)),
        "frames": _moments(part["frames"]),
        "seconds": _moments(part["duration"]),
        "seen": {name.removesuffix("_share"): _round(part[name].mean()) for name in SHARES},
    }


def _moments(values: pd.Series) -> dict[str, float | None]:
    return {name: _round(getattr(values, name)()) if len(values) else None for name in ("mean", "std", "min", "max")}


def _round(value: float) -> float | None:
    return None if pd.isna(value) else round(float(value), 4)


def tables(clips: pd.DataFrame, labels: list[str]) -> dict[str, pd.DataFrame]:
    """The same as tables.

    Returns:
        subsets: one row a subset; glosses: in the official order, clips by subset and frames; sources and signers: with
        the most clips first, clips by subset and the share of frames in which hands, pose and face are seen.
    """
    rows = []
    for name, values in describe(clips)["subsets"].items():
        flat = {key: value for key, value in values.items() if not isinstance(value, dict)}
        for key in ("frames", "seconds"):
            flat |= {f"{key}_{moment}": number for moment, number in values[key].items()}
        rows.append({"subset": name, **flat, **{f"{key}_seen": value for key, value in values["seen"].items()}})
    glosses = _by(clips, "gloss").set_index("gloss").reindex(labels).reset_index()
    return {
        "subsets": pd.DataFrame(rows),
        "glosses": glosses,
        "sources": _by(clips, "source"),
        "signers": _by(clips, "signer"),
    }


def _by(clips: pd.DataFrame, key: str) -> pd.DataFrame:
    groups = clips.groupby(key, sort=False)
    counts = clips.pivot_table(index=key, columns="split", values="video_id", aggfunc="count", fill_value=0)
    counts = counts.reindex(columns=list(SPLITS), fill_value=0).rename_axis(columns=None)
    table = groups.agg(videos=("video_id", "size"), frames_mean=("frames", "mean"), frames_std=("frames", "std"))
    table = table.join(counts).join(groups[list(SHARES)].mean())
    return table.sort_values("videos", ascending=False, kind="stable").reset_index()
