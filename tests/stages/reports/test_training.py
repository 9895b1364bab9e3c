"""A training's report, whole and in short."""

from stages.reports.training import TrainReport, ValScores


def test_in_short_it_lacks_recipe_and_history_and_claims_nothing_that_was_not_said():
    val = ValScores(accuracy=0.5, loss=1.0, n=9)
    report = TrainReport(network="gislr", run_key="k", val=val, recipe={"epochs": 2}, history=[{"epoch": 0}], epochs=1)
    short = report.in_short()
    assert (short.recipe, short.history) == ({}, [])
    assert short.model_dump(exclude_unset=True) == {
        **{"network": "gislr", "run_key": "k", "epochs": 1},
        "val": {"accuracy": 0.5, "loss": 1.0, "n": 9},
    }
