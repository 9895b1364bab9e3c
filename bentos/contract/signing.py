"""Whether hands sign at all, or scratch, drink, type and point: a gate before any word.

People move their hands before a camera for many reasons. Where a clip lies among a version's embeddings tells signs
from such movements; how, is fitted when the version is evaluated (logistic regression) and travels in its metadata. A
movement that is hardly a sign loses score by the odds. Versions without it give words to any movement.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field


class Signing(BaseModel):
    """How a version's embeddings tell signs from other movements of hands."""

    model_config = ConfigDict(frozen=True)

    weights: tuple[float, ...] = Field(min_length=1, description="one for each number of an embedding")
    bias: float
    kept: float = Field(description="share of rightly recognised signs that lose nothing, val, cross-validated")
    passed: float = Field(description="share of other movements that lose nothing either, of kinds never learnt from")

    @classmethod
    def of(cls, metadata: Mapping[str, Any]) -> Self | None:
        """What a version's metadata says of it; None: nothing."""
        said = metadata.get("signing")
        return None if said is None else cls.model_validate(said)

    def factor(self, embedding: np.ndarray) -> float:
        """What scores are multiplied by, 0 to 1, of an embedding, (E,) of unit length."""
        return float(np.exp(min(float(np.dot(self.weights, embedding)) + self.bias, 0.0)))
