"""What is missing in MLflow is filled in from outputs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from bentos.contract.registry import MODEL_NAME
from stages.tracking import filling, runs
from stages.tracking.connect import connect, experiment_id
from tests.stages.registry import refuse, registered
from tests.stages.splitting import corpus


def test_empty_registry_is_filled_from_outputs_alone(story, mlflow_uri, empty_mlflow, monkeypatch, tmp_path):
    """As after `dvc repro` on a new machine with a full cache: no stage but this one has run."""
    scores = {"scores": {"glosses": {"bleu": 5.0}}}
    Path("reports/translation.json").write_text(json.dumps(scores))
    first = registered()
    shutil.copy(empty_mlflow, tmp_path / "new.db")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'new.db'}")
    second = registered()
    assert second["fingerprint"] == first["fingerprint"]
    assert second["promoted"]
    client = connect()
    version = client.get_model_version(MODEL_NAME, "1")
    assert client.get_run(version.tags["training_run"]).info.status == "FINISHED"
    stages = {r.data.tags.get("stage"): r for r in client.search_runs([experiment_id(client)])}
    assert {"train", "evaluate", "translate_eval", "register"} <= set(stages)
    pipeline = stages.pop("register").info.run_id
    for run in stages.values():
        assert run.data.tags["mlflow.parentRunId"] == pipeline
        assert run.data.tags["data_version"] == run.inputs.dataset_inputs[0].dataset.digest
    assert stages["translate_eval"].data.metrics == {"glosses.bleu": 5.0}


def test_server_that_dies_in_mid_training_costs_nothing(tracked, monkeypatch, caplog):
    """The curves stop, the training goes on, and `register` writes what is missing."""
    from stages.tracking import live

    report = json.loads(Path("data/models/candidates/gislr/report.json").read_text())
    curves = live.curves(report["run_key"], "train gislr", report["recipe"])
    for row in report["history"][:5]:
        curves.log(int(row["epoch"]), {"loss": row["loss"]})
    with caplog.at_level("WARNING"), monkeypatch.context() as gone:
        gone.setattr(curves._client._tracking_client.store, "log_batch", refuse)
        for row in report["history"][5:]:
            curves.log(int(row["epoch"]), {"loss": row["loss"]})
        curves.close()
    assert caplog.text.count("MLflow does not answer") == 1
    run_id = runs.find(tracked, report["run_key"])
    assert len(tracked.get_metric_history(run_id, "loss")) == 5
    registered()
    history = tracked.get_metric_history(run_id, "loss")
    assert [m.value for m in history] == pytest.approx([row["loss"] for row in report["history"]])
    assert tracked.get_run(run_id).info.status == "FINISHED"


def test_counts_are_what_tracking_logs(run_split):
    assert filling.counts() == {}
    run_split(*corpus())
    logged = filling.counts()
    assert (logged["data_train_videos"], logged["data_val_videos"], logged["data_test_videos"]) == (54, 18, 18)
    assert (logged["data_all_glosses"], logged["data_train_signers"]) == (6, 3)
    assert logged["data_all_frames_mean"] == pytest.approx(30 + np.mean(np.arange(90) % 25), abs=1e-3)
