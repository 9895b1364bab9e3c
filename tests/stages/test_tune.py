"""The search: what it changes, that it goes on after an interruption, and that nothing worse goes on."""

import json
from pathlib import Path

import optuna
import pandas as pd
import pytest
from pydantic import ValidationError

from stages import tune
from stages.reports.files import write_json
from stages.reports.training import TrainReport, ValScores
from stages.tuning import study as studies
from stages.tuning.space import Choice, changed, fitting
from stages.tuning.trial import hopeless

SPACE = {"learning_rate": Choice(low=1e-4, high=1e-2, log=True), "hyper.dim": Choice(values=(8, 16))}
RECIPE = {"network": "gislr", "epochs": 4, "learning_rate": 1e-3, "hyper": {"dim": 192}, "augmentation": {}}


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


def test_hopeless_trials_end_early():
    others = [[0.1, 0.5, 0.8], [0.2, 0.6, 0.9], [0.1, 0.4, 0.7]]
    assert hopeless(others, [0.1, 0.3], 6)
    assert not hopeless(others, [0.1], 6)  # too early to say
    assert not hopeless(others, [0.1, 0.55], 6)
    assert not hopeless(others[:2], [0.0, 0.0], 6)  # too few to compare with


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


@pytest.mark.parametrize(
    ("accuracy", "loss", "better"), [(0.8, 9, True), (0.7, 0.4, True), (0.7, 0.5, False), (0.6, 0, False)]
)
def test_better_is_by_accuracy_then_loss(accuracy, loss, better):
    assert tune.beats(ValScores(accuracy=accuracy, loss=loss), ValScores(accuracy=0.7, loss=0.5)) is better


@pytest.mark.slow
def test_stage_tunes_and_keeps_what_is_better(in_project):
    """The real thing, once: two trials in two processes, trained for an epoch or two."""
    space = {"learning_rate": {"low": 0.005, "high": 0.02, "log": True}, "hyper.width": {"values": [8]}}
    Path("params.yaml").write_text(json.dumps({"tune": {"trials": 2, "epochs": 2, "retrain": False, "space": space}}))
    tune.main()
    summary = json.loads(Path("reports/tune.json").read_text())
    table = pd.read_csv("reports/tune/trials.csv")
    assert list(table["state"]) == ["complete", "complete"]
    assert summary["trials"] == 2
    kept = json.loads(Path("data/models/tuned/report.json").read_text())
    base = json.loads(Path("data/models/selected/report.json").read_text())
    expected = summary["best"] if summary["tuned_kept"] else base["val"]
    assert kept["val"] == expected
    assert not tune.beats(ValScores(**base["val"]), ValScores(**kept["val"]))
    assert Path("reports/tune/pareto.png").stat().st_size > 5000
    assert not list(Path("data/models/.unfinished").glob("*"))
