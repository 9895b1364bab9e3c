"""What a search may change in a recipe."""

import pytest
from pydantic import ValidationError

from stages.tuning.space import Choice, changed, fitting
from tests.stages.tuning.recipes import RECIPE, SPACE


def test_recipe_is_changed_by_dotted_names_and_the_old_one_stays():
    new = changed(RECIPE, {"learning_rate": 0.5, "hyper.dim": 8, "augmentation.blank": 0.1})
    assert (new["learning_rate"], new["hyper"], new["augmentation"]) == (0.5, {"dim": 8}, {"blank": 0.1})
    assert RECIPE["hyper"] == {"dim": 192}
    with pytest.raises(KeyError, match="no section optimiser"):
        changed(RECIPE, {"optimiser.lr": 1})


@pytest.mark.parametrize("bad", [{}, {"low": 1.0, "high": 0.0}, {"low": 0.0, "high": 1.0, "log": True}, {"low": 1.0}])
def test_impossible_range_is_refused(bad):
    with pytest.raises(ValidationError, match="give either values"):
        Choice(**bad)


def test_only_fields_of_the_network_are_searched():
    space = {
        "learning_rate": SPACE["learning_rate"],
        "hyper.width": Choice(values=(16, 32)),
        "hyper.dim": SPACE["hyper.dim"],
    }
    assert set(fitting(space, "gislr")) == {"learning_rate", "hyper.dim"}
    assert set(fitting(space, "convnext_tiny")) == {"learning_rate", "hyper.width"}
