"""The tables that `validate` looks at: small, one row a clip, gloss, signer or content, never a frame."""

from collections.abc import Collection

import pandas as pd
from pandas.api import types

from bentos.contract.summary import SEEN
from stages.corpus.lists.listing import SPLITS
from stages.dataset.splits import known_signers

MANIFEST = {
    **dict.fromkeys(("video_id", "gloss", "split", "signer", "source", "sha256"), "text"),
    **{"fps": "number", "frames": "whole", "width": "whole", "height": "whole"},
}


def columns(name: str, table: pd.DataFrame, expected: dict[str, str] = MANIFEST) -> pd.DataFrame:
    """Which columns a file should have and has: column ("manifest.fps"), expected and found type, one row each."""
    rows = [(f"{name}.{column}", kind, _kind(table, column, kind)) for column, kind in expected.items()]
    return pd.DataFrame(rows, columns=["column", "expected", "found"])


def _kind(table: pd.DataFrame, column: str, expected: str) -> str:
    if column not in table:
        return "missing"
    values = table[column]
    if types.is_bool_dtype(values):
        found = "truth value"
    elif types.is_integer_dtype(values):
        found = "number" if expected == "number" else "whole"
    elif types.is_float_dtype(values):
        whole = expected == "whole" and not (values.dropna() % 1).any()  # pandas turns whole numbers with gaps to float
        found = "whole" if whole else "number"
    elif types.is_string_dtype(values) or values.isna().all():
        found = expected if values.isna().all() else "text"
    else:
        found = str(values.dtype)
    return found


def join(manifest: pd.DataFrame, stored: pd.DataFrame, summaries: pd.DataFrame) -> pd.DataFrame:
    """Summaries of the landmarks beside what manifest and store say about the same clip.

    Adds `in_manifest`, `manifest_gloss`, `manifest_split`, `stored_frames`, `decoded` (frames as a share of the
    manifest's) and `copies` (for a train clip: val and test clips
    whose hands do the very same). A width or height of 0 means unknown and becomes missing.
    """
    said = manifest.drop_duplicates("video_id").set_index("video_id")
    clips = summaries.copy()
    clips["in_manifest"] = clips["video_id"].isin(said.index)
    for name in ("gloss", "split"):
        clips[f"manifest_{name}"] = clips["video_id"].map(said[name])
    frames = stored.drop_duplicates("video_id").set_index("video_id")["frames"]
    clips["stored_frames"] = clips["video_id"].map(frames)
    clips["decoded"] = clips["frames"] / clips["video_id"].map(said["frames"].where(said["frames"] > 0))
    for side in ("width", "height"):
        clips[side] = clips[side].where(clips[side] > 0).astype(float)
    held_out = clips.loc[clips["split"].ne("train"), "landmarks_hash"].value_counts()
    copies = clips["landmarks_hash"].map(held_out).fillna(0).astype(int)
    clips["copies"] = copies.where(clips["split"].eq("train"), 0)
    return clips


def corpus(
    manifest: pd.DataFrame, clips: pd.DataFrame, excluded: Collection[str], untrained: Collection[str] = ()
) -> dict[str, pd.DataFrame]:
    """Tables over the clips that are left.

    Args:
        manifest: one row a clip.
        clips: what `join` gave, all clips.
        excluded, untrained: video_ids that single-clip rules excluded, or keep out of train.

    Returns:
        totals: one row; files, signers, glosses: one row each, with the number of clips, subsets and so on.
    """
    left = clips[~clips["video_id"].isin(excluded)]
    used = left[~(left["split"].eq("train") & left["video_id"].isin(untrained))]
    frames = left["frames"].sum()
    by_thumbs = left["side_by_thumbs"].dropna()
    shares = {name: float((left[name] * left["frames"]).sum() / frames) if frames else float("nan") for name in SEEN}
    missing = ~manifest["video_id"].isin(clips["video_id"])
    totals = {
        "manifest": len(manifest),
        "landmarks": len(clips),
        "clips": len(left),
        "glosses": left["gloss"].nunique(),
        **{split: int(used["split"].eq(split).sum()) for split in SPLITS},
        "missing": int(missing.sum()),
        "missing_share": float(missing.mean()) if len(manifest) else 0.0,
        "excluded": len(clips) - len(left),
        "excluded_share": (len(clips) - len(left)) / max(len(clips), 1),
        **shares,
        "thumbs_share": float((by_thumbs > 0).mean()),
    }
    counted = used.pivot_table(index="gloss", columns="split", values="video_id", aggfunc="count", fill_value=0)
    return {
        "totals": pd.DataFrame([totals]),
        "files": _spread(left[left["sha256"].fillna("").ne("")], "sha256"),
        "signers": _spread(left[known_signers(left)], "signer"),
        "glosses": counted.reindex(columns=list(SPLITS), fill_value=0).rename_axis(columns=None).reset_index(),
    }


def _spread(clips: pd.DataFrame, key: str) -> pd.DataFrame:
    """One row a value of `key`: how many clips, subsets and glosses it has, and a few of its clips."""
    groups = clips.groupby(key, sort=False)
    table = groups.agg(
        clips=("video_id", "size"),
        splits=("split", "nunique"),
        glosses=("gloss", "nunique"),
        first=("video_id", "first"),
    )
    many = table["clips"] > 1
    names = (
        clips[clips[key].isin(table.index[many])].groupby(key, sort=False)["video_id"].agg(lambda v: " + ".join(v[:6]))
    )
    table["video_ids"] = names.reindex(table.index).fillna(table["first"])
    return table.drop(columns="first").reset_index()
