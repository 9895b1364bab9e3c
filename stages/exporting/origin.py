"""What a model learnt from: its language, its source in words, and how many clips of how many signers."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from stages import paths
from stages.reports.data import RawData
from stages.reports.files import read_report

ASL, DRAWN = "ASL", "drawn"
WLASL = "WLASL (Li et al., WACV 2020, C-UDA 1.0)"
SOURCES = {"sample": "Drawn sample: trial movements that are no ASL", "wlasl": WLASL, "kaggle": WLASL}


def fetched(path: Path = paths.ARCHIVES) -> RawData:
    """What the stage `fetch` says of the raw data.

    Raises:
        StageError: it has not run here.
    """
    return read_report(path, RawData)


def language(source: str) -> str:
    """What the words of a model are, by `fetch.source`: "drawn" (trial movements that are no ASL) or "ASL"."""
    return DRAWN if source == "sample" else ASL


def in_words(source: str, corpus: str = "") -> str:
    """What the data is, for people.

    Args:
        source: `fetch.source`.
        corpus: where imported landmarks come from; WLASL is named in full.
    """
    if source in SOURCES:
        return SOURCES[source]
    return WLASL if corpus.upper() == "WLASL" else corpus or "Imported landmarks"


def learnt_from(splits: pd.DataFrame, labels: Sequence[str]) -> dict[str, list]:
    """How many train clips of how many signers each gloss was learnt from.

    Args:
        splits: one row a clip with "gloss", "split" and "signer" (empty where it is not known).
        labels: the glosses, in the model's order.

    Returns:
        {"clips": [int], "signers": [int, or None where a clip's signer is not known]}, parallel to `labels`.
    """
    train = splits[splits["split"] == "train"]
    signers = train["signer"].fillna("").astype(str).groupby(train["gloss"])
    known = signers.nunique().where(signers.agg(lambda names: (names != "").all()))
    return {
        "clips": [int(n) for n in train["gloss"].value_counts().reindex(labels, fill_value=0)],
        "signers": [None if pd.isna(n) else int(n) for n in known.reindex(labels)],
    }
