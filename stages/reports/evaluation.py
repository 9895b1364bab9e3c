"""Reports on a model: its scores by subset, its temperature, its English."""

from pydantic import Field, RootModel

from bentos.contract.metadata import Accuracy
from bentos.contract.rejection import Rejection
from bentos.contract.signing import Signing
from stages.reports.files import Report

Interval = tuple[float, float]


class Scores(Report):
    """How good a model is on one subset; without clips there is nothing but n = 0."""

    n: int = Field(0, description="clips")
    loss: float | None = Field(None, description="cross-entropy, nats")
    accuracy: float | None = Field(None, description="0-1, first guess")
    top5_accuracy: float | None = Field(None, description="0-1, first five guesses")
    accuracy_ci: Interval | None = Field(None, description="95 %, Wilson")
    top5_accuracy_ci: Interval | None = Field(None, description="95 %, Wilson")
    loss_ci: Interval | None = Field(None, description="95 %, bootstrap over clips")
    calibration_error: float | None = Field(None, description="0-1, expected calibration error")


class Metrics(Report):
    """Scores by subset."""

    train: Scores = Scores()
    val: Scores = Scores()
    test: Scores = Scores()

    @property
    def part(self) -> str:
        """The subset that speaks for the model: "test", or "val" where there is no test clip."""
        return "test" if self.test.n else "val"

    @property
    def shown(self) -> Scores:
        """Scores of that subset."""
        return getattr(self, self.part)

    def scored(self) -> dict[str, Scores]:
        """Scores by subset, of those that have clips."""
        parts = {"train": self.train, "val": self.val, "test": self.test}
        return {name: scores for name, scores in parts.items() if scores.n}

    def in_short(self) -> dict[str, dict[str, float]]:
        """What experiments are compared by, to four digits: of val and test, first guess, first five and loss."""
        short = {"top1": "accuracy", "top5": "top5_accuracy", "loss": "loss"}
        parts = {name: scores for name, scores in self.scored().items() if name != "train"}
        return {
            part: {name: round(value, 4) for name, of in short.items() if (value := getattr(scores, of)) is not None}
            for part, scores in parts.items()
        }


class AccuracyTable(RootModel[list[Accuracy]]):
    """How often the model is right when it chooses within its first glosses only."""


class Calibration(Report):
    """The temperature that probabilities are served at, and what it does to the val clips."""

    temperature: float
    fitted_on: str = "val"
    n: int = Field(0, description="clips")
    loss_before: float | None = None
    ece_before: float | None = None
    loss_after: float | None = None
    ece_after: float | None = None
    rejection: Rejection | None = None
    signing: Signing | None = None


class TranslationReport(Report):
    """How good the English is."""

    phrases: int = 0
    accuracy: float = Field(0.0, description="0-1, of the simulated recogniser's first guess")
    top5_accuracy: float = Field(0.0, description="0-1, of its first five")
    scores: dict[str, dict[str, float]] = Field(default_factory=dict, description="by row, then by measure")
    missing: tuple[str, ...] = Field((), description="rows that need a language model")
