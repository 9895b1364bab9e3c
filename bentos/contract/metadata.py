"""What a version says of itself, in its metadata.json."""

from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import BaseModel, Field, field_validator, model_validator

from bentos.contract.glosses import gloss_fault
from bentos.contract.rejection import Rejection
from bentos.contract.signing import Signing

RELIABLE = 0.70  # share of val clips that must be right in a vocabulary which nobody has chosen


class Accuracy(BaseModel):
    """How often a model is right on clips that it has not learnt from, all of its first `vocabulary` labels."""

    vocabulary: int = Field(ge=1, description="it chooses within so many labels, the first ones")
    part: Literal["val", "test"]
    n: int = Field(description="clips")
    top1: float
    top1_ci: tuple[float, float] = Field(description="95 % interval")
    top5: float
    top5_ci: tuple[float, float] = Field(description="95 % interval")
    calibration_error: float | None = Field(None, description="0-1, expected calibration error of the first guess")


class LearntFrom(BaseModel):
    """How many clips, of how many signers, each label was learnt from; None: not known."""

    clips: list[int | None]
    signers: list[int | None]


class Metadata(BaseModel):
    """What serving reads of a version's metadata; versions from before say less."""

    labels: list[str] = Field(min_length=1)
    language: str | None = Field(None, max_length=64)
    source: str | None = Field(None, max_length=1000)
    learnt_from: LearntFrom | None = None
    accuracy: list[Accuracy] | None = None
    rejection: Rejection | None = None
    signing: Signing | None = None

    @field_validator("labels")
    @classmethod
    def _glosses(cls, labels: list[str]) -> list[str]:
        if fault := next(filter(None, map(gloss_fault, labels)), ""):
            raise ValueError(fault)
        if len(set(labels)) < len(labels):
            raise ValueError("a gloss is there twice")
        return labels

    @model_validator(mode="after")
    def _parallel(self) -> Self:
        if self.learnt_from and {len(self.learnt_from.clips), len(self.learnt_from.signers)} != {len(self.labels)}:
            raise ValueError("learnt_from says not one number for each label")
        return self


def reliable(metadata: Mapping[str, Any]) -> int:
    """The largest measured vocabulary in which val's first guesses are right often enough; else the smallest one."""
    measured = {
        entry["vocabulary"]: entry["top1"] for entry in metadata.get("accuracy") or () if entry["part"] == "val"
    }
    right = [size for size, top1 in measured.items() if top1 >= RELIABLE]
    return max(right, default=min(measured, default=len(metadata["labels"])))
