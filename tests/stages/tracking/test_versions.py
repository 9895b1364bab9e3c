"""A version carries all that tells where it comes from, and is made once."""

import json
import shutil
from pathlib import Path

import mlflow
import pytest

from bentos.contract import integrity
from bentos.contract.registry import MODEL_NAME, download
from stages import register
from stages.start import StageError
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
    home = integrity.verify(folder, version.tags[integrity.TAG])
    metadata = json.loads((home / "metadata.json").read_text())
    assert metadata["run_id"] == version.run_id
    assert {"git_dirty", "training_run_key", "skeleton_version"} <= metadata.keys()
    assert not {p.suffix for p in folder.rglob("*")} & {".pkl", ".pickle"}
    assert not list(folder.rglob("uv.lock"))


BASE = Path(__file__).resolve().parents[3] / "data" / "base"


@pytest.fixture
def old(tracking, tmp_path):
    """A version as they were before: its files bear no fingerprint."""
    folder = shutil.copytree(BASE, tmp_path / "old", ignore=shutil.ignore_patterns(integrity.MANIFEST, "training"))
    tracking.create_registered_model(MODEL_NAME)
    made = tracking.create_model_version(MODEL_NAME, source=str(folder), tags={"language": "ASL", "promoted_by": "ann"})
    return folder, str(made.version)


def test_a_version_from_before_is_sealed_as_a_new_one(old, tracking, tmp_path, capsys):
    _, number = old
    register.main(["seal", number])
    assert f"version 2 is version {number}, sealed; promote it" in capsys.readouterr().out
    made = tracking.get_model_version(MODEL_NAME, "2")
    assert (made.tags["language"], "promoted_by" in made.tags) == ("ASL", False)
    home = integrity.verify(download(tracking, MODEL_NAME, "2", tmp_path / "files"), made.tags[integrity.TAG])
    assert (home / "model.tflite").read_bytes() == (BASE / "model.tflite").read_bytes()
    register.main(["seal", number])  # once more changes nothing
    assert len(versions.all_versions(tracking)) == 2
    register.main(["promote", "2", "--why", "it is sealed"])
    capsys.readouterr()
    register.main(["history"])
    assert "it is sealed" in capsys.readouterr().out


def test_a_version_that_does_not_answer_as_recorded_is_not_sealed(old, tracking):
    folder, number = old
    (folder / "golden.npz").unlink()
    with pytest.raises(StageError, match=f"version {number} cannot be sealed: there is no golden.npz"):
        versions.reseal(tracking, number)
