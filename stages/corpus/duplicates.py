"""Clips that are there more than once, by their bytes: how many, and which of them stay."""

import pandas as pd

SPLIT_RANK = {"test": 0, "val": 1, "train": 2}  # who keeps a clip that stands in several


def duplicate_counts(clips: pd.DataFrame) -> dict[str, int]:
    """Groups of byte-identical clips: all of them, those under several glosses, and those in several splits."""
    groups = clips[clips.duplicated("sha256", keep=False)].groupby("sha256")
    return {
        "groups": len(groups),
        "clips": int(groups.size().sum()) if len(groups) else 0,
        "conflicting_gloss_groups": int((groups["gloss"].nunique() > 1).sum()),
        "across_splits_groups": int((groups["split"].nunique() > 1).sum()),
    }


def resolve_duplicates(clips: pd.DataFrame, synonyms: bool = False) -> tuple[pd.DataFrame, list[str]]:
    """Leave one of each group of byte-identical clips, or none where their glosses disagree.

    The rule: (1) the same bytes under different glosses are all dropped, since nobody can tell which label is right,
    or with `synonyms` go on as one clip for each gloss; (2) of the same bytes in several splits those in test stay,
    else those in val, so that nothing that is evaluated was trained on and the official test set stays whole; (3) of
    what is left the lowest video_id of each gloss stays.

    Args:
        clips: one row a clip, with sha256, split, video_id and gloss.
        synonyms: whether glosses that share a recording are taken for words of one sign.

    Returns:
        The clips that stay, in their order, and a line for each group.
    """
    dropped: set[str] = set()
    lines: list[str] = []
    for _, group in clips[clips.duplicated("sha256", keep=False)].groupby("sha256", sort=False):
        members = sorted(group.itertuples(), key=lambda c: (SPLIT_RANK[c.split], c.video_id))
        names = ", ".join(f"{c.video_id} ({c.gloss}, {c.split})" for c in members)
        if group["gloss"].nunique() > 1 and not synonyms:
            dropped.update(c.video_id for c in members)
            lines.append(f"different glosses, all dropped: {names}")
            continue
        first = {c.gloss: c.video_id for c in reversed(members) if c.split == members[0].split}
        stay = sorted(first.values())
        dropped.update(c.video_id for c in members if c.video_id not in stay)
        kind = "synonyms" if group["gloss"].nunique() > 1 else "same gloss"
        reason = "in several splits" if group["split"].nunique() > 1 else "in one split"
        lines.append(f"{kind} {reason}, {' and '.join(stay)} {'stay' if len(stay) > 1 else 'stays'}: {names}")
    return clips[~clips["video_id"].isin(dropped)].reset_index(drop=True), lines
