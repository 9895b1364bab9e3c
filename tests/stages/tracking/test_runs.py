"""Runs are found again, and only what is missing is written."""

import math

from stages.tracking import live, runs
from stages.tracking.connect import experiment_id


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


def test_a_complete_run_is_never_changed(tracking):
    run = runs.open_run(tracking, "key", "train", {"lr": 1}, {"stage": "train"})
    runs.close(tracking, run)
    before = tracking.get_run(run).to_dictionary()
    assert runs.open_run(tracking, "key", "other", {"more": 2}, {"stage": "tune", "new": "tag"}) == run
    with live.curves("key", "train", {"more": 3}) as curves:
        curves.log(0, {"loss": 1.0})
    assert tracking.get_run(run).to_dictionary() == before


def test_a_second_experiment_with_equal_work_gets_its_own_run_that_points_to_the_first(tracking, monkeypatch):
    def run_of(name: str) -> str:
        monkeypatch.setenv("DVC_EXP_NAME", name)
        run = runs.open_run(tracking, "key", "train", {"lr": 1})
        runs.close(tracking, run)
        return run

    first, second = run_of("dorty-hask"), run_of("limey-gulf")
    tags = [tracking.get_run(run).data.tags for run in (first, second)]
    assert [t["dvc_experiment"] for t in tags] == ["dorty-hask", "limey-gulf"]
    assert runs.SAME_AS not in tags[0]
    assert tags[1][runs.SAME_AS] == first
    assert run_of("limey-gulf") == second
    monkeypatch.delenv("DVC_EXP_NAME")  # as after `dvc exp apply`
    assert runs.open_run(tracking, "key", "train", {"lr": 1}) == first


def test_a_run_says_who_made_it_and_of_which_data(tracking):
    run = runs.open_run(tracking, "key", "train", {})
    runs.add_input(tracking, run, "0123456789ab", "training", {"data_train_videos": 3})
    found = tracking.get_run(run)
    assert {"mlflow.user", "mlflow.source.name"} <= found.data.tags.keys()
    (data,) = found.inputs.dataset_inputs
    assert (data.dataset.digest, data.dataset.source_type, data.tags[0].value) == ("0123456789ab", "dvc", "training")


def test_the_experiment_opens_as_machine_learning(tracking):
    kind = tracking.get_experiment(experiment_id(tracking)).tags["mlflow.experimentKind"]
    assert kind == "custom_model_development"  # a name that MLflow's UI knows
