"""Whether a clip shows one of the signs that somebody chooses from, or another: open-set rejection.

A model that knows more glosses than are chosen from says itself how likely the sign is another: the probability mass
that it gives to the rest. What that mass is worth is measured when the version is evaluated, on val clips of signs
inside and outside a choice (logistic regression; Platt, "Probabilistic outputs for support vector machines", 1999), and
travels in its metadata. Versions without it are served as they were: scores are the model's probabilities.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

FALLBACK = 0.35  # least score of a sign for versions that were never calibrated
FEATURES = ("log-odds of the mass inside", "log of the best inside", "log of the best outside")
_LEAST = 1e-4  # probabilities below it say nothing


class Rejection(BaseModel):
    """How a version's probabilities become scores, and which score a sign needs."""

    model_config = ConfigDict(frozen=True)

    weights: tuple[float, float, float] = Field(description="of " + ", ".join(FEATURES))
    bias: float
    threshold: float = Field(ge=0, le=1, description="a sign with a lower best score is none of those chosen from")
    vocabulary: int = Field(ge=1, description="glosses chosen from when the threshold was set, the first ones")
    auroc: float = Field(description="area under ROC, signs inside against signs outside, val")
    unknown_accepted: float = Field(description="share of signs outside that get a word all the same")
    right_kept: float = Field(description="share of signs that are recognised rightly and still get their word")

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Self | None:
        """What a version's metadata says of it; None: nothing."""
        said = metadata.get("rejection")
        return None if said is None else cls.model_validate(said)

    def known(self, probabilities: np.ndarray, among: np.ndarray) -> np.ndarray:
        """How likely each sign is one of those chosen from.

        Args:
            probabilities: (…, labels).
            among: (glosses,) int, places of the glosses chosen from; at least one.

        Returns:
            (…) 0 to 1.
        """
        z = features(probabilities, among) @ np.asarray(self.weights) + self.bias
        return 1 / (1 + np.exp(-np.clip(z, -30, 30)))

    def scores(self, probabilities: np.ndarray, among: np.ndarray) -> np.ndarray:
        """(…, labels) probabilities to (…, glosses) scores: how likely it is one of them, parted as the model does."""
        inside = probabilities[..., among]
        mass = np.maximum(inside.sum(axis=-1, keepdims=True), np.finfo(np.float32).tiny)
        return self.known(probabilities, among)[..., None] * inside / mass


def features(probabilities: np.ndarray, among: np.ndarray) -> np.ndarray:
    """What rejection is told by: FEATURES, (…, 3), of (…, labels) probabilities and the places chosen from."""
    inside, outside = probabilities[..., among], np.delete(probabilities, among, axis=-1)
    mass = np.clip(inside.sum(axis=-1), _LEAST, 1 - _LEAST)
    best = np.clip(inside.max(axis=-1), _LEAST, 1)
    other = np.clip(outside.max(axis=-1, initial=0.0), _LEAST, 1)
    return np.stack([np.log(mass / (1 - mass)), np.log(best), np.log(other)], axis=-1)


def is_known(candidates: Sequence[Mapping[str, Any]], threshold: float) -> bool:
    """Whether a sign gets a word.

    Args:
        candidates: {"gloss", "score"} of whatever may be meant (the model's glosses, a signer's own), best first.
        threshold: least score of the best.
    """
    return bool(candidates) and candidates[0]["score"] >= threshold
