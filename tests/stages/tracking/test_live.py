"""Curves are live, and never stop a training."""

import logging

from stages.tracking import live


def test_curves_are_live_and_go_on_after_an_interruption(tracking):
    curves = live.curves("key", "train gislr", {"dim": 8})
    curves.log(0, {"loss": 2.0})
    assert tracking.get_run(curves.run_id).info.status == "RUNNING"
    curves.__exit__(KeyboardInterrupt, None, None)
    assert tracking.get_run(curves.run_id).info.status == "KILLED"
    with live.curves("key", "train gislr", {"dim": 8}) as again:
        again.log(0, {"loss": 2.0})
        again.log(1, {"loss": 1.0})
    assert again.run_id == curves.run_id
    assert [m.value for m in tracking.get_metric_history(again.run_id, "loss")] == [2.0, 1.0]
    assert tracking.get_run(again.run_id).info.status == "FINISHED"


def test_dead_server_costs_one_warning(monkeypatch, caplog):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with caplog.at_level(logging.WARNING), live.curves("key", "train gislr", {}) as curves:
        for epoch in range(3):
            curves.log(epoch, {"loss": 1.0})
    assert [r.levelname for r in caplog.records if r.name == "stages.tracking.live"] == ["WARNING"]
    assert "register fills them in" in caplog.text
