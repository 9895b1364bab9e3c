"""MLflow and Optuna on a real PostgreSQL: promotion, and two machines that tune together."""

import subprocess
import sys
from pathlib import Path

import pytest

from bentos.contract.registry import MODEL_NAME, STAGE, resolve_production
from stages.start import StageError
from stages.tracking import promotion, runs
from stages.tracking.connect import connect, experiment_id
from stages.tuning.study import open_study
from tests.conftest import ROOT
from tests.postgres import postgres  # noqa: F401

MACHINE = """
import sys
from pathlib import Path
from optuna.trial import TrialState
from stages.tuning.space import Choice
from stages.tuning.study import open_study
study = open_study(sys.argv[1], "together", 0, Path("nowhere"))
space = Choice(low=0.0, high=1.0)
while len(study.get_trials(deepcopy=False)) < 12:
    trial = study.ask()
    value = space.suggest(trial, "rate")
    trial.set_user_attr("machine", sys.argv[2])
    study.tell(trial, [value, 1 - value])
"""


@pytest.fixture
def team(postgres, monkeypatch, tmp_path):  # noqa: F811
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"{postgres}/mlflow")
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", (tmp_path / "artifacts").as_uri())
    return connect(make=True)


def test_promotion_and_rollback(team):
    run = runs.open_run(team, "work", "pipeline", {"train.epochs": 3}, {"stage": "register"})
    runs.add_metrics(team, run, [(0, {"loss": 2.0}), (1, {"loss": 1.0})])
    runs.close(team, run)
    assert team.get_run(run).info.experiment_id == experiment_id(team)
    assert runs.find(team, "work") == run
    team.create_registered_model(MODEL_NAME)
    for _ in range(3):
        team.create_model_version(MODEL_NAME, source="/nowhere", run_id=run)
    for version in ("1", "2", "3"):
        promotion.promote(team, version, "better", by="ann")
    assert resolve_production(team, MODEL_NAME).version == "3"
    staged = {str(v.version): v.current_stage for v in team.search_model_versions(f"name = '{MODEL_NAME}'")}
    assert staged == {"1": "Archived", "2": "Archived", "3": STAGE}
    assert promotion.rollback(team, "confuses two signs") == ("3", "2")
    team.set_registered_model_alias(MODEL_NAME, "production", "1")  # a person, in the UI
    assert resolve_production(team, MODEL_NAME).version == "1"


def test_mlflows_database_is_not_for_trials(team, postgres, tmp_path):  # noqa: F811
    with pytest.raises(StageError, match="a database of its own"):
        open_study(f"{postgres}/mlflow", "together", 0, tmp_path)


def test_two_machines_tune_together(postgres, tmp_path):  # noqa: F811
    import optuna

    storage = f"{postgres}/optuna"
    command = [sys.executable, "-c", MACHINE, storage]
    machines = [subprocess.Popen([*command, name], cwd=ROOT) for name in ("one", "two")]
    assert [machine.wait(300) for machine in machines] == [0, 0]
    trials = optuna.load_study(study_name="together", storage=storage).trials
    assert 12 <= len(trials) <= 13
    assert {trial.state.name for trial in trials} == {"COMPLETE"}
    assert len({trial.params["rate"] for trial in trials}) == len(trials)
    assert not Path("nowhere").exists()
