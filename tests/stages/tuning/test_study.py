"""The search goes on after an interruption, after trials that fail, and on several machines."""

from pathlib import Path

import optuna

from stages import tune
from stages.reports.files import write_json
from stages.reports.training import TrainReport, ValScores
from stages.tuning import study as studies
from tests.stages.tuning.recipes import RECIPE, SPACE


def fake_train(recipe, tensors, folder, curves):
    """Better the closer the learning rate is to 0.001; one value fails."""
    if Path(tensors, "fail").exists():
        raise FloatingPointError("loss is not a number")
    accuracy = 1 - abs(recipe["learning_rate"] - 1e-3) * 50
    history = [{"val_accuracy": accuracy, "val_loss": 1 - accuracy}] * recipe["epochs"]
    place = Path(folder)
    place.mkdir(parents=True)
    val = ValScores(accuracy=accuracy, loss=1 - accuracy, n=9)
    about = {"network": recipe["network"], "run_key": place.name, "seconds": 1.0}
    report = TrainReport(**about, val=val, history=history, recipe=recipe)
    write_json(place / "report.json", report)
    (place / "model.keras").write_text(place.name)
    return report


def test_two_at_a_time_and_on_where_it_stopped(tmp_path):
    (tmp_path / "tensors").mkdir()

    def run(trials):
        study = studies.open_study("", "s", 0, tmp_path / "study")
        studies.search(study, RECIPE, SPACE, trials, 2, tmp_path / "tensors", tmp_path / "study", fake_train)
        return study

    assert len(run(2).trials) == 2
    left_over = studies.open_study("", "s", 0, tmp_path / "study").ask()  # as an interrupted run leaves one behind
    study = run(4)
    states = [t.state.name for t in study.trials]
    assert states.count("COMPLETE") == 4
    assert study.trials[left_over.number].state.name == "FAIL"
    best = studies.best(study)
    assert best.values[1] == max(t.values[1] for t in study.trials if t.values)
    table = tune.tabulate(study)
    assert table["pareto"].sum() == 1  # here one trial is best in both
    assert table["learning_rate"].dropna().is_unique
    assert {"learning_rate", "hyper.dim", "val_loss"} <= set(table.columns)
    assert len(tune.curves(study).root) == 4


def test_failing_trials_do_not_end_the_search(tmp_path):
    (tmp_path / "fail").touch()
    study = studies.open_study("", "s", 0, tmp_path / "study")
    studies.search(study, RECIPE, SPACE, 2, 1, tmp_path, tmp_path / "study", fake_train)
    assert [t.user_attrs["error"] for t in study.trials] == ["FloatingPointError: loss is not a number"] * 2
    assert studies.best(study) is None


def test_machines_that_meet_in_a_database_share_the_trials(tmp_path):
    (tmp_path / "tensors").mkdir()
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    first = studies.open_study(url, "s", 0, tmp_path)
    theirs = first.ask()
    theirs.suggest_float("learning_rate", 1e-4, 1e-2, log=True)
    theirs.suggest_categorical("hyper.dim", [8, 16])
    first.tell(theirs, [0.1, 0.9])
    second = studies.open_study(url, "s", 1, tmp_path)
    studies.search(second, RECIPE, SPACE, 3, 2, tmp_path / "tensors", tmp_path / "here", fake_train)
    assert len(optuna.load_study(study_name="s", storage=url).trials) == 3
