"""Clips compared with each other: labels that look wrong, and recordings that stand in train and elsewhere."""

import logging
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from stages.dataset import suspects, twins
from stages.dataset.validation import Outcome
from stages.dataset.views import view
from stages.pose.store import LandmarkStore
from stages.serving_model.pose2gloss import Pose2Gloss

log = logging.getLogger(__name__)


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(columns=list(columns))


@dataclass(frozen=True)
class Comparison:
    """What came out. It is told, and no clip is left out for it.

    Attributes:
        judged: clips whose gloss could be judged.
        suspects: see `stages.dataset.suspects.suspects`.
        twins: see `stages.dataset.twins.near_twins`.
        problem: why nothing was compared; empty where it was.
    """

    judged: int = 0
    suspects: pd.DataFrame = field(default_factory=lambda: _empty(suspects.COLUMNS))
    twins: pd.DataFrame = field(default_factory=lambda: _empty(twins.COLUMNS))
    problem: str = ""


def compare(outcome: Outcome, landmarks: Path, base: Path) -> Comparison:
    """Compare the clips that are used, as the base model sees them.

    What the base has learnt from, it saw with its gloss: of those clips it shows as suspect only what it could not
    learn in spite of that. Of recordings that are new to it the judgement is out of sample.

    Args:
        outcome: of validation.
        landmarks: folder of the landmark store.
        base: folder of the base model; without a usable one nothing is compared.
    """
    try:
        model = Pose2Gloss(base)
    except (OSError, ValueError, KeyError) as error:
        return Comparison(problem=f"the base model cannot be used ({error}): `git checkout {base}` brings it back")
    if not model.embedding_size:
        return Comparison(problem=f"the base model in {base} gives no embedding: `python -m stages.base` makes one")
    seen = view(LandmarkStore(landmarks), set(outcome.used()["video_id"]), model)
    judged = int(suspects.judged(seen.clips).sum())
    return Comparison(judged, suspects.suspects(seen.clips, seen.embeddings), twins.near_twins(seen))
