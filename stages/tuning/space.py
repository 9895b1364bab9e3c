"""What may be changed about a recipe, and how a trial changes it."""

from typing import Any

from pydantic import Field, model_validator

from stages.params import Section


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
    from stages.networks import network as networks

    known = networks(network).Hyper.model_fields
    return {name: c for name, c in space.items() if not name.startswith("hyper.") or name.split(".")[1] in known}
