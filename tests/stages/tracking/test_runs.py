"""Runs are found again, and only what is missing is written."""

import math

from stages.tracking import runs


def test_run_is_found_again_and_only_what_is_missing_is_written(tracking):
    run = runs.open_run(tracking, "key1", "train gislr", {"lr": 0.001, "network": {"dim": 192}}, {"stage": "train"})
    assert runs.open_run(tracking, "key1", "train gislr", {"lr": 5, "new": None}) == run
    assert runs.open_run(tracking, "key2", "train gislr", {}) != run
    assert runs.add_metrics(tracking, run, [(0, {"loss": 2.0}), (1, {"loss": 1.0, "bad": math.nan})]) == 2
    assert runs.add_metrics(tracking, run, [(0, {"loss": 2.0}), (2, {"loss": 0.5})]) == 1
    data = tracking.get_run(run).data
    assert data.params == {"lr": "0.001", "network.dim": "192", "new": "None"}
    assert [(m.step, m.value) for m in tracking.get_metric_history(run, "loss")] == [(0, 2.0), (1, 1.0), (2, 0.5)]
    runs.close(tracking, run)
    assert runs.is_complete(tracking, run)
