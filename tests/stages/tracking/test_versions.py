"""A version carries all that tells where it comes from, and is made once."""

import json
from pathlib import Path

import mlflow

from bentos.contract.registry import MODEL_NAME, download
from stages.tracking import versions
from stages.tracking.connect import experiment_id
from tests.stages.registry import registered


def test_same_outputs_never_make_a_second_version(tracked, caplog):
    first = registered()
    with caplog.at_level("INFO"):
        second = registered()
    assert (first["new"], second["new"]) == (True, False)
    assert "is registered already" in caplog.text
    assert len(versions.all_versions(tracked)) == 1
    assert len(tracked.search_runs([experiment_id(tracked)])) == 3  # training, evaluation, pipeline


def test_version_carries_all_that_tells_where_it_comes_from(tracked, tmp_path):
    made = registered()
    version = tracked.get_model_version(MODEL_NAME, made["version"])
    assert version.tags["network"] == "gislr"
    assert max(map(len, version.tags.values())) < 250  # what a person reads in one line
    assert not [tag for tag, value in version.tags.items() if value[:1] in "{["]
    assert "n=12" in version.tags["test_accuracy"]
    assert version.tags["data_version"]
    assert version.tags["language"] == "drawn"
    assert "Drawn trial movements that are no ASL" in version.description
    training = tracked.get_run(version.tags["training_run"])
    assert training.data.params["hyper.dim"] == "16"
    assert len(tracked.get_metric_history(training.info.run_id, "val_loss")) == 12
    pipeline = tracked.get_run(version.run_id)
    assert pipeline.data.metrics["test_accuracy_ci_low"] < pipeline.data.metrics["test_accuracy"]
    assert "confusion.png" in {Path(f.path).name for f in tracked.list_artifacts(version.run_id, "reports/evaluate")}
    given = mlflow.pyfunc.load_model(f"models:/{MODEL_NAME}/{made['version']}")
    assert given.predict(given.input_example, params={"fps": 25.0}).shape == (3,)
    folder = download(tracked, MODEL_NAME, made["version"], tmp_path / "v")
    names = {p.name for p in folder.rglob("*")}
    assert {"MODEL_CARD.md", "labels.json", "metrics.json", "clips.json", "requirements-training.txt"} <= names
    metadata = json.loads(next(folder.rglob("metadata.json")).read_text())
    assert metadata["run_id"] == version.run_id
    assert {"git_dirty", "training_run_key", "skeleton_version"} <= metadata.keys()
    assert not {p.suffix for p in folder.rglob("*")} & {".pkl", ".pickle"}
    assert not list(folder.rglob("uv.lock"))
