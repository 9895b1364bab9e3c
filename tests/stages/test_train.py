"""The `train` stage: what it writes, and that no tracking server is needed."""

import json

import pandas as pd
import pytest

from stages.train import Params, main, train
from stages.training.recipe import Recipe
from stages.transform import Params as TransformParams
from tests.stages.clips import corpus, spec

SHARED = {"epochs": 2, "batch_size": 8, "convnext_tiny": {"width": 4, "depths": (1, 1, 1, 1)}}


def test_what_one_network_has_otherwise_stays_with_it():
    params = Params(epochs=7, gislr={"dim": 64}, only={"convnext_tiny": {"epochs": 3, "learning_rate": 0.1}})
    assert params.recipe("gislr") == Recipe(network="gislr", epochs=7, hyper={"dim": 64})
    assert params.recipe("convnext_tiny") == Recipe(network="convnext_tiny", epochs=3, learning_rate=0.1)


def test_the_defaults_are_those_of_the_full_size():
    recipe, data = Params().recipe("gislr"), TransformParams()
    assert (recipe.epochs, recipe.learning_rate, data.max_frames, data.padding_value) == (100, 1e-3, 195, -100.0)


def test_it_writes_model_metrics_and_curves_without_a_server(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    corpus(tmp_path / "data/tensors/train", 16, 3)
    corpus(tmp_path / "data/tensors/val", 6, 3, seed=1, split="val")
    spec(3).write(tmp_path / "data/tensors/spec.json")
    report = train("convnext_tiny", Params(**SHARED))
    assert "No live curves" in caplog.text
    assert (tmp_path / "data/models/candidates/convnext_tiny/model.keras").is_file()
    said = json.loads((tmp_path / "reports/train/convnext_tiny.json").read_text())
    assert said["val"] == report.val.model_dump()
    curves = pd.read_csv(tmp_path / "reports/train/convnext_tiny.csv")
    assert list(curves["epoch"]) == [0, 1]
    assert {"loss", "accuracy", "val_loss", "val_accuracy"} <= set(curves)


def test_a_base_that_is_not_there_ends_the_stage_with_a_sentence(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for split in ("train", "val"):
        corpus(tmp_path / "data/tensors" / split, 4, 2, split=split)
    spec(2).write(tmp_path / "data/tensors/spec.json")
    (tmp_path / "params.yaml").write_text("train: {only: {gislr: {warm_start: base}}}")
    monkeypatch.setattr("sys.argv", ["train", "gislr"])
    with pytest.raises(SystemExit, match=r"warm_start is base, but data/base/.*git checkout data/base"):
        main()


def test_missing_tensors_say_what_to_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data/tensors").mkdir(parents=True)
    spec(3).write(tmp_path / "data/tensors/spec.json")
    with pytest.raises(FileNotFoundError, match="run the stage"):
        train("gislr", Params())
