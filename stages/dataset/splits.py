"""Which glosses and clips go on, and into which subset each clip goes."""

import difflib
import hashlib
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from stages.start import StageError

UNKNOWN_SIGNERS = ("", "-1", "unknown", "nan", "None")


class SplitError(StageError):
    """No usable split comes out; the message says why and what to do."""


@dataclass
class Selection:
    """Clips with label and subset, and what a person should know about how they came about.

    Attributes:
        clips: one row a clip, in the manifest's order, `label` and `split` filled in.
        labels: glosses in the official order; the index is the label.
        left_out: why → how many clips.
        notes: warnings, each saying what to do.
    """

    clips: pd.DataFrame
    labels: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def keep(self, rows: pd.Series, why: str) -> int:
        """Keep the rows marked True; count the others under `why` and return how many they are."""
        lost = int((~rows).sum())
        if lost:
            self.left_out[why] = self.left_out.get(why, 0) + lost
            self.clips = self.clips[rows]
        return lost


def official_order(manifest: pd.DataFrame) -> dict[str, int]:
    """Gloss → place in the official order: the manifest's `label` where it has one, else the order of its rows."""
    if "label" in manifest and manifest["label"].notna().all():
        first = manifest.drop_duplicates("gloss").sort_values("label", kind="stable")
        return {gloss: int(label) for gloss, label in zip(first["gloss"], first["label"], strict=True)}
    return {gloss: place for place, gloss in enumerate(dict.fromkeys(manifest["gloss"]))}


def choose_glosses(order: dict[str, int], max_labels: int | None, chosen: Sequence[str]) -> list[str]:
    """The glosses asked for, in the official order.

    Args:
        order: gloss → official place.
        max_labels: keep places below this (100 is WLASL100), None for all.
        chosen: keep these instead, whatever `max_labels` says; empty for no choice.

    Raises:
        SplitError: a chosen gloss does not exist; similar ones are named.
    """
    unknown = [gloss for gloss in dict.fromkeys(chosen) if gloss not in order]
    if unknown:
        near = {gloss: difflib.get_close_matches(gloss, order, n=3) for gloss in unknown}
        hints = [
            f"{gloss!r}" + (f" (did you mean {', '.join(near[gloss])}?)" if near[gloss] else "") for gloss in unknown
        ]
        raise SplitError(f"split.chosen_labels names glosses that the manifest does not have: {', '.join(hints)}")
    if chosen:
        return sorted(set(chosen), key=order.__getitem__)
    return sorted((g for g, place in order.items() if max_labels is None or place < max_labels), key=order.__getitem__)


def by_signer(clips: pd.DataFrame, val_share: float, test_share: float, seed: int) -> pd.Series:
    """New subsets in which no signer is in two, with glosses spread evenly (stratified group k-fold of scikit-learn).

    Args:
        clips: gloss and signer, one row a clip, every signer known.
        val_share, test_share: wanted share of clips; signers are not divisible, so the outcome comes only near it.
        seed: of the folds.

    Returns:
        "train", "val" or "test" for each clip, with the clips' index.

    Raises:
        SplitError: there are fewer than three signers.
    """
    signers = clips["signer"].nunique()
    if signers < 3:
        raise SplitError(
            f"split.strategy: signer needs at least 3 signers, one a subset, and there are {signers}: use `official`"
        )
    split = pd.Series("train", index=clips.index)
    for name, share in (("test", test_share), ("val", val_share / (1 - test_share))):
        rest = clips[split.eq("train")]
        split.loc[_fold(rest, share, seed)] = name
    return split


def _fold(clips: pd.DataFrame, share: float, seed: int) -> pd.Index:
    """Rows of the fold that takes the fewest glosses away from the others, then is nearest to the wanted share.

    Among folds within three points of the share the seed decides.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    folds = max(2, min(round(1 / share), clips["signer"].nunique()))
    glosses = clips["gloss"].to_numpy()
    if clips["gloss"].value_counts().max() < folds:  # too few clips a gloss to spread them
        glosses = np.zeros(len(clips), dtype=int)
    maker = StratifiedGroupKFold(n_splits=folds, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # some gloss has fewer clips than there are folds
        found = [clips.index[held] for _, held in maker.split(clips, glosses, clips["signer"]) if len(held)]

    def cost(rows: pd.Index) -> tuple[int, float]:
        lost = clips["gloss"].nunique() - clips.drop(rows)["gloss"].nunique()
        return lost, max(0.03, abs(len(rows) / len(clips) - share))

    return min((found[i] for i in np.random.default_rng(seed).permutation(len(found))), key=cost)


def known_signers(clips: pd.DataFrame) -> pd.Series:
    """Whether each clip's signer is known."""
    return ~clips["signer"].fillna("").astype(str).isin(UNKNOWN_SIGNERS)


def first_samples(clips: pd.DataFrame, most: int, seed: int) -> pd.Series:
    """Mark at most `most` clips of every gloss in every subset.

    Which ones is decided by a hash of seed and video_id: a smaller number takes a part of what a larger one takes, and
    a new clip changes nothing about the choice among the old ones.
    """
    draw = [hashlib.sha256(f"{seed}:{name}".encode()).hexdigest() for name in clips["video_id"]]
    rank = clips.assign(draw=draw).groupby(["gloss", "split"], sort=False)["draw"].rank(method="first")
    return rank.le(most)
