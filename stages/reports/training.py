"""Reports on trainings: of one network, of the choice among them, of the search for a better one."""

from typing import Any, Self

from pydantic import Field, RootModel

from stages.reports.files import Report


class ValScores(Report):
    """How good a network is on the val clips: what trainings are compared by."""

    accuracy: float = Field(description="0-1, first guess")
    loss: float = Field(description="cross-entropy, nats")
    top5_accuracy: float | None = Field(None, description="0-1, first five guesses")
    n: int = Field(0, description="clips")


class TrainReport(Report):
    """One training, as it stands beside its model; without recipe and history in reports/train."""

    network: str
    run_key: str = Field(description="equal for equal recipe, data and weights to begin with")
    val: ValScores = Field(description="of the kept weights")
    recipe: dict[str, Any] = Field(default_factory=dict, description="all choices of the training")
    parameters: int = Field(0, description="weights of the network")
    best_epoch: int | None = Field(None, description="whose weights are kept, from 0")
    epochs: int | None = Field(None, description="how many there were")
    seconds: float | None = Field(None, description="of the last run")
    clips_per_second: float | None = None
    history: list[dict[str, int | float]] = Field(default_factory=list, description="measures of each epoch")

    def in_short(self) -> Self:
        """The same without recipe and history."""
        return type(self)(**self.model_dump(exclude={"recipe", "history"}, exclude_unset=True))


class Candidate(ValScores):
    """One network that was to choose from."""

    run_key: str = ""


class Selection(Report):
    """Which network goes on."""

    selected: str
    candidates: dict[str, Candidate] = Field(default_factory=dict, description="by network, best first")


class TuneReport(Report):
    """What the search found."""

    tuned_kept: bool = Field(description="whether a trial's model goes on in place of the selected one")
    trials: int = Field(0, description="that were finished")
    base: ValScores = Field(description="of the selected model")
    best: ValScores | None = Field(None, description="of the best trial")


class Trial(Report):
    """What one finished trial scored, by epoch."""

    number: int
    params: dict[str, Any] = Field(description="what was tried, by name")
    run_key: str
    val_accuracy: list[float]
    val_loss: list[float]


class Trials(RootModel[list[Trial]]):
    """All finished trials of a search."""
