"""Reports on what serves: the exported files, and the version that was registered."""

from typing import Any

from pydantic import Field

from stages.reports.files import Report


class Agreement(Report):
    """How far two models say the same of the same clips."""

    max_abs_diff: float | None = Field(description="largest difference of a probability; None: one is not finite")
    top1_agreement: float = Field(description="0-1 of the clips with the same first guess")
    top5_agreement: float = Field(description="0-1 of the clips with the same first five")
    accuracy: float = Field(0.0, description="0-1, of the second")
    n: int = Field(0, description="clips")


class Variant(Agreement):
    """One TFLite file, against the Keras model that it was made of."""

    variant: str
    size_bytes: int
    latency_ms: dict[str, float] = Field(description="median of one answer on one core, by frames of the clip")


class ExportReport(Report):
    """What was exported, and how it compares."""

    served: str = Field(description="the variant that a version holds")
    part: str = Field("test", description="the subset that was compared on")
    golden_clips: int = Field(0, description="clips whose answers are recorded")
    figures: int = Field(0, description="glosses that have one")
    variants: dict[str, Variant] = Field(default_factory=dict)

    @property
    def file(self) -> Variant | None:
        """The variant that is served."""
        return self.variants.get(self.served)


class Registration(Report):
    """What became of the export in the registry."""

    version: str
    new: bool = Field(False, description="registered by this run")
    promoted: bool = Field(description="by this run")
    reason: str = Field(description="one sentence, on why or why not")
    production: str | None = Field(None, description="the version that serves")
    run_id: str | None = None
    fingerprint: str = ""
    gate: dict[str, Any] = Field(default_factory=dict, description="the version's tags of the gate")
