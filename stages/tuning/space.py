"""What may be changed about a recipe, and how a trial changes it."""

from typing import Any

from pydantic import Field, ValidationError, model_validator

from stages.augmentation.random import Strength
from stages.networks import NETWORKS
from stages.params import Section
from stages.training.recipe import Training


class Choice(Section):
    """Where one hyper-parameter is searched: a range, or a list of values."""

    low: float | None = None
    high: float | None = None
    log: bool = Field(False, description="search the exponent: for rates")
    values: tuple[int | float | str, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self):
        ranged = self.low is not None and self.high is not None
        if (
            ranged == bool(self.values)
            or (ranged and not self.low < self.high)
            or (self.log and not (self.low or 0) > 0)
        ):
            raise ValueError("give either values, or low < high (both above 0 with log)")
        return self

    def suggest(self, trial: Any, name: str) -> Any:
        """A value for an Optuna trial."""
        if self.values:
            return trial.suggest_categorical(name, list(self.values))
        return trial.suggest_float(name, self.low, self.high, log=self.log)


def check(space: dict[str, Choice]) -> dict[str, Choice]:
    """The search space, when a training takes all its names and values.

    Raises:
        ValueError: a name that no network's recipe has, or a value of the wrong type or size.
    """
    for name, choice in space.items():
        section, _, field = name.rpartition(".")
        models: dict[str, list[type[Section]]] = {
            "": [Training],
            "augmentation": [Strength],
            "hyper": [net.Hyper for net in NETWORKS.values()],
        }
        known = [model for model in models.get(section, ()) if field in model.model_fields]
        if not known:
            raise ValueError(f"{name} is no parameter of a training")
        for value in choice.values or (choice.low, choice.high):
            _fits(name, field, value, known)
    return space


def _fits(name: str, field: str, value: Any, models: list[type[Section]]) -> None:
    wrong = ""
    for model in models:
        try:
            model.model_validate({field: value})
            return
        except ValidationError as error:
            wrong = error.errors()[0]["msg"]
    raise ValueError(f"{name} cannot be {value!r}: {wrong}")


def changed(recipe: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """A recipe with dotted names set anew; the given one stays as it is.

    Args:
        recipe: nested, as in a training's report.
        values: {"learning_rate": 1e-3, "hyper.dropout": 0.3, "augmentation.noise": 0.01}.

    Raises:
        KeyError: a part of the way is no section of the recipe.
    """
    result = {key: dict(value) if isinstance(value, dict) else value for key, value in recipe.items()}
    for name, value in values.items():
        *way, last = name.split(".")
        place = result
        for step in way:
            if not isinstance(place.get(step), dict):
                raise KeyError(f"{name}: the recipe has no section {step}")
            place = place[step]
        place[last] = value
    return result


def fitting(space: dict[str, Choice], network: str) -> dict[str, Choice]:
    """The part of the search space that this network knows: `hyper.*` only where it is one of its fields."""
    known = NETWORKS[network].Hyper.model_fields
    return {name: c for name, c in space.items() if not name.startswith("hyper.") or name.split(".")[1] in known}
