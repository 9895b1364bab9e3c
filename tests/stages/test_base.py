"""The base model is made of what the pipeline exported, small and whole, or not at all."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bentos.contract import loading
from stages import base
from stages.dataset.ragged import RaggedClips
from stages.training.metrics import predict
from stages.training.saved import load_model
from tests.stages.base import call, make

TOP = {
    *("model.tflite", "metadata.json", "golden.npz", "golden.json", "vocabulary.npz", "own_signs.npz", "MODEL_CARD.md"),
    *(
        "pose2gloss.py",
        "pyfunc.py",
        "labels.json",
        "clips.json",
        "metrics.json",
        "landmark_statistics.json",
        "manifest.json",
    ),
}


def test_it_is_a_version_like_any_other_and_says_what_it_was_made_of(in_project, caplog):
    Path("reports/landmark_statistics.json").write_text("{}")
    archive = {"path": "/home/somebody/hands.npz", "kind": "npz", "size": 3, "sha256": "ab12"}
    Path("data/raw/archives.json").write_text(json.dumps({"source": "landmarks", "archives": [archive]}))
    call("ASL")
    with caplog.at_level("INFO"):
        base.main([])
    assert "data/base holds the base model now" in caplog.text
    folder = Path("data/base")
    assert {path.name for path in folder.iterdir()} == TOP | {"training"}
    assert {path.name for path in (folder / "training").iterdir()} == {"model.keras", "spec.json"}
    assert not list(Path("data").glob(".base-*"))
    metadata = json.loads((folder / "metadata.json").read_text())
    report = json.loads(Path("data/models/tuned/report.json").read_text())
    made = metadata["provenance"]
    assert made["data"] == {"hands.npz": "ab12"}
    assert (made["recipe"], made["seed"], made["seconds"]) == (report["recipe"], 0, report["seconds"])
    assert "/home" not in json.dumps(metadata)
    assert json.loads((folder / "labels.json").read_text()) == metadata["labels"] == ["circle", "up", "wave"]
    assert len(json.loads((folder / "clips.json").read_text())["train"]) == 36
    assert loading.check(loading.load(folder), folder) >= 10


def test_what_a_training_began_with_is_named_by_its_contents(in_project, tmp_path):
    recipe = json.loads(Path("data/models/tuned/report.json").read_text())
    recipe["recipe"]["warm_start"] = str(tmp_path / "project/data/models/candidates/gislr/model.keras")
    Path("data/models/tuned/report.json").write_text(json.dumps(recipe))
    said = base.made_of()["recipe"]["warm_start"]
    assert said.startswith("sha256:")
    assert len(said) == 7 + 64
    Path("data/models/candidates/gislr/model.keras").unlink()
    with pytest.raises(FileNotFoundError, match=r"model\.keras is missing"):
        base.made_of()


def test_weights_are_halved_and_keras_loads_them_as_ever(in_project, tmp_path):
    source, target = Path("data/models/tuned/model.keras"), tmp_path / "model.keras"
    base.halve(source, target)
    assert {info.compress_type for info in zipfile.ZipFile(target).infolist()} == {zipfile.ZIP_DEFLATED}
    weights = [
        sum(i.compress_size for i in zipfile.ZipFile(f).infolist() if i.filename.endswith(".h5"))
        for f in (source, target)
    ]
    assert weights[1] < 0.65 * weights[0]
    whole, halved, clips = load_model(source), load_model(target), RaggedClips.open("data/tensors/val")
    for before, after in zip(whole.weights, halved.weights, strict=True):
        assert before.dtype == after.dtype
        np.testing.assert_allclose(np.array(after), np.array(before), rtol=2**-11, atol=0)
    assert any((np.array(a) != np.array(b)).any() for a, b in zip(whole.weights, halved.weights, strict=True))
    np.testing.assert_allclose(predict(halved, clips), predict(whole, clips), atol=0.01)


def test_a_weight_beyond_the_range_of_half_precision_keeps_its_size(in_project, tmp_path):
    model = load_model("data/models/tuned/model.keras")
    extremes = np.array(model.get_layer("stem").conv.bias)
    extremes[:2] = 1e6, 1e-12
    model.get_layer("stem").conv.bias.assign(extremes)
    model.save(tmp_path / "wild.keras")
    base.halve(tmp_path / "wild.keras", tmp_path / "model.keras")
    after = np.array(load_model(tmp_path / "model.keras").get_layer("stem").conv.bias)
    np.testing.assert_allclose(after, extremes, rtol=2**-11)


def refused(said: str) -> None:
    before = sorted(path.as_posix() for path in Path("data").rglob("*"))
    with pytest.raises(SystemExit, match=said):
        base.main([])
    assert sorted(path.as_posix() for path in Path("data").rglob("*")) == before


def test_what_cannot_be_a_base_is_refused_with_a_sentence(in_project, monkeypatch):
    refused("the export's words are drawn, a base must know ASL")
    call("ASL")
    monkeypatch.setattr(base, "MOST_MB", 0.01)
    refused(r"the base would have 0\.\d MB, at most 0\.01 are allowed \(largest: ")
    monkeypatch.undo()
    monkeypatch.chdir(in_project)
    code = Path("data/export/pose2gloss.py")
    right = code.read_text()
    code.write_text(right.replace("aspect)[0]\n", "aspect)[0][::-1]\n"))
    refused("does not answer as recorded")
    code.write_text(right)
    Path("data/export/metadata.json").unlink()
    refused(r"data/export/metadata\.json missing: run `dvc repro`")


def test_the_base_before_gives_way_only_to_a_good_one(in_project, monkeypatch):
    make()
    first = Path("data/base/metadata.json").read_text()
    refused("drawn")
    assert Path("data/base/metadata.json").read_text() == first
    pd.DataFrame({"video_id": ["only"]}).to_parquet("data/tensors/train/clips.parquet")
    make()
    assert json.loads(Path("data/base/clips.json").read_text())["train"] == ["only"]
