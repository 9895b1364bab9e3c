"""Training learns, keeps its best epoch, goes on after an interruption, starts from other models."""

import json
import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import pytest

from stages.augmentation.random import Strength
from stages.dataset.spec import TensorSpec
from stages.training.fit import build, fit, run_key
from stages.training.metrics import predict, scores
from stages.training.recipe import Recipe
from stages.training.saved import ModelFileError, load_model
from stages.training.warm import warm_start
from tests.stages.clips import corpus, signer, spec

GLOSSES = 3
RECIPE = Recipe(
    **{"network": "gislr", "epochs": 20, "batch_size": 12, "learning_rate": 1e-2, "warmup_epochs": 1},
    **{"hyper": {"dim": 16, "groups": 1, "conv_blocks": 1, "kernel": 5, "late_dropout": 0.1}},
    augmentation=Strength(speed=0.2, drop_hand=0, flip=0),
)


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return corpus(folder / "train", 36, GLOSSES), corpus(folder / "val", 12, GLOSSES, seed=1, split="val")


@pytest.fixture(scope="module")
def trained(data, tmp_path_factory):
    """(folder, report) of one finished training."""
    folder = tmp_path_factory.mktemp("models") / "gislr"
    return folder, fit(RECIPE, spec(GLOSSES), *data, folder)


def test_it_learns_signs_it_has_not_seen(trained):
    assert trained[1].val.accuracy >= 0.9
    assert trained[1].val.n == 12


def test_what_is_kept_is_the_best_epoch(trained, data):
    folder, report = trained
    history = pd.DataFrame(report.history)
    best = history.iloc[report.best_epoch]
    assert best["val_accuracy"] == history["val_accuracy"].max()
    assert report.val.accuracy == pytest.approx(best["val_accuracy"], abs=1e-6)
    model = keras.models.load_model(folder / "model.keras")
    again = scores(predict(model, data[1]), data[1].labels)
    assert again.model_dump() == pytest.approx(report.val.model_dump(), abs=1e-6)
    assert {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "val_top5_accuracy"} <= set(history)
    assert json.loads((folder / "report.json").read_text()) == report.model_dump(mode="json")
    assert not any((folder.parent / ".unfinished").iterdir())


def test_batch_size_does_not_change_an_answer(trained, data):
    model = keras.models.load_model(trained[0] / "model.keras")
    np.testing.assert_allclose(predict(model, data[1], 1), predict(model, data[1], 64), atol=1e-5)
    np.testing.assert_allclose(predict(model, data[1]).sum(axis=1), 1, atol=1e-5)


def test_a_bigger_signer_elsewhere_in_the_picture_is_understood_alike(trained):
    model = keras.models.load_model(trained[0] / "model.keras")
    clip = signer(30, 1, seed=77)
    batch = {"landmarks": np.stack([clip, (clip - 0.5) * 1.4 + 0.45]), "aspect": np.ones(2, np.float32)}
    first, second = np.asarray(model(batch, training=False))
    assert np.abs(first - second).max() < 0.05 * np.abs(first).max()


class Stop(keras.callbacks.Callback):
    """Stands for the power going off in the middle of an epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == 5:
            raise KeyboardInterrupt


def test_an_interrupted_training_goes_on_where_it_was(trained, data, tmp_path):
    folder = tmp_path / "gislr"
    with pytest.raises(KeyboardInterrupt):
        fit(RECIPE, spec(GLOSSES), *data, folder, [Stop()])
    assert not folder.exists()
    began = []

    class Note(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            began.append(epoch)

    report = fit(RECIPE, spec(GLOSSES), *data, folder, [Note()])
    assert began == list(range(5, 20))
    assert [h["epoch"] for h in report.history] == list(range(20))
    for name in ("loss", "val_loss"):  # as if nothing had happened: same data, weights, averages and optimizer
        whole, parts = (np.array([h[name] for h in r.history]) for r in (trained[1], report))
        np.testing.assert_allclose(parts[:5], whole[:5], rtol=1e-3)
        assert parts[5:].mean() == pytest.approx(whole[5:].mean(), rel=0.5)  # dropout draws anew
    assert report.val.accuracy >= 0.9


def test_another_recipe_does_not_go_on_from_it(data):
    keys = {
        run_key(recipe, spec(GLOSSES), *data)
        for recipe in (RECIPE, RECIPE.model_copy(update={"seed": 1}), RECIPE.model_copy(update={"epochs": 21}))
    }
    assert len(keys) == 3
    assert run_key(RECIPE, spec(GLOSSES), data[0], data[0]) not in keys
    assert run_key(RECIPE, spec(GLOSSES), *data) in keys


def test_a_name_that_comes_to_stand_for_other_weights_is_another_training(data, tmp_path):
    recipe, keys = RECIPE.model_copy(update={"warm_start": str(tmp_path)}), set()
    with pytest.raises(FileNotFoundError, match=r"model\.keras is missing"):
        run_key(recipe, spec(GLOSSES), *data)
    for weights in (b"first", b"second", b"first"):
        (tmp_path / "model.keras").write_bytes(weights)
        keys.add(run_key(recipe, spec(GLOSSES), *data))
    assert len(keys) == 2


def test_a_warm_start_keeps_what_is_known_of_the_glosses_in_both(trained):
    model = build(RECIPE, TensorSpec(("new", "g2", "g0"), spec(GLOSSES).chosen_landmarks))
    fresh, old = np.array(model.get_layer("logits").kernel), load_model(trained[0] / "model.keras")
    taken = warm_start(model, TensorSpec(("new", "g2", "g0"), ()), str(trained[0] / "model.keras"))
    assert taken == (sum(w.dtype.startswith("float") for w in model.weights), 2)
    for layer in ("stem", "depthwise_conv1d", "attention"):
        ours, theirs = (next(x for x in m.layers if x.name.startswith(layer)).weights for m in (model, old))
        np.testing.assert_array_equal(ours[0], theirs[0])
    kernel, learned = np.array(model.get_layer("logits").kernel), np.array(old.get_layer("logits").kernel)
    np.testing.assert_array_equal(kernel[:, 1:], learned[:, [2, 0]])
    np.testing.assert_array_equal(kernel[:, 0], fresh[:, 0])


def test_a_warm_start_with_more_points_answers_the_same_where_they_are_not_seen(trained):
    more = spec(GLOSSES, (*range(48), *range(60, 100)))
    model = build(RECIPE, more)
    warm_start(model, more, str(trained[0]))
    clip = signer(20)
    batch = {"landmarks": clip[None], "aspect": np.ones(1, np.float32)}
    batch["landmarks"][:, :, 48:] = np.nan
    expected = load_model(trained[0] / "model.keras")(batch)
    np.testing.assert_allclose(model(batch), expected, atol=1e-5)


def test_another_network_takes_nothing_from_a_warm_start(trained, caplog):
    """All candidates are given one model to begin with, which is of one network."""
    three = spec(GLOSSES)
    other = build(Recipe(network="convnext_tiny", hyper={"width": 4, "depths": (1, 1, 1, 1)}), three)
    fresh = [np.array(weight) for weight in other.weights]
    assert warm_start(other, three, str(trained[0])) == (0, 0)
    assert "is gislr: convnext_tiny begins afresh" in caplog.text
    for before, after in zip(fresh, other.weights, strict=True):
        np.testing.assert_array_equal(before, np.array(after))


def test_a_warm_start_from_another_size_or_place_is_refused(trained, tmp_path):
    three = spec(GLOSSES)
    wide = build(RECIPE.model_copy(update={"hyper": RECIPE.hyper | {"dim": 32}}), three)
    with pytest.raises(ValueError, match="one size"):
        warm_start(wide, three, str(trained[0]))
    deep = build(RECIPE.model_copy(update={"hyper": RECIPE.hyper | {"groups": 2}}), three)
    with pytest.raises(ModelFileError, match=r"has \d+ weights, gislr here \d+: give both one size"):
        warm_start(deep, three, str(trained[0]))
    with pytest.raises(FileNotFoundError, match=r"model\.keras is missing"):
        warm_start(wide, three, str(tmp_path / "model.keras"))


def test_a_warm_start_from_the_base_by_name(trained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = build(RECIPE, spec(GLOSSES))
    with pytest.raises(FileNotFoundError, match=r"warm_start is base, but data/base/.*git checkout data/base"):
        warm_start(model, spec(GLOSSES), "base")
    shutil.copytree(trained[0], tmp_path / "data/base/training")
    assert warm_start(model, spec(GLOSSES), "base")[1] == GLOSSES


def rewritten(model: Path, other: Path, change) -> Path:
    """A copy of a model.keras with another config.json."""
    with zipfile.ZipFile(model) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, change(data.decode()) if name == "config.json" else data)
    return other


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("FrameFeatures", "FormerFeatures"),
        lambda text: text.replace('"padding_value"', '"former_padding"'),
        lambda text: text.replace('"units": 3', '"units": 4'),
    ],
    ids=["layer gone", "field gone", "other shape"],
)
def test_a_model_of_older_code_is_refused_with_a_sentence(trained, tmp_path, change):
    old = rewritten(trained[0] / "model.keras", tmp_path / "model.keras", change)
    with pytest.raises(ModelFileError, match=r"older version of islr.*train it again, or begin with `base`"):
        load_model(old)


def test_a_damaged_model_is_not_called_old(trained, tmp_path):
    whole = (trained[0] / "model.keras").read_bytes()
    (tmp_path / "model.keras").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelFileError, match="cut off"):
        load_model(tmp_path / "model.keras")


def test_mixed_precision_trains_and_keeps_a_model_of_32_bits(data, tmp_path):
    recipe = RECIPE.model_copy(update={"mixed_precision": True, "epochs": 3})
    report = fit(recipe, spec(GLOSSES), *data, tmp_path / "mixed")
    assert report.history[-1]["loss"] < report.history[0]["loss"]
    model = load_model(tmp_path / "mixed" / "model.keras")
    assert {layer.compute_dtype for layer in model.layers} == {"float32"}
    assert keras.config.dtype_policy().name == "float32"
    assert scores(predict(model, data[1]), data[1].labels).accuracy == report.val.accuracy


def test_a_loss_that_explodes_stops_with_a_reason(data, tmp_path):
    wild = RECIPE.model_copy(update={"learning_rate": 1e30, "epochs": 2, "warmup_epochs": 0.0})
    with pytest.raises(FloatingPointError, match="learning rate"):
        fit(wild, spec(GLOSSES), *data, tmp_path / "m")


def test_scores():
    probabilities = np.array([[0.7, 0.1, 0.1, 0.05, 0.03, 0.02], [0.4, 0.3, 0.15, 0.1, 0.04, 0.01]])
    result = scores(probabilities, np.array([0, 5])).model_dump()
    assert result == pytest.approx(
        {"loss": -(np.log(0.7) + np.log(0.01)) / 2, "accuracy": 0.5, "top5_accuracy": 0.5, "n": 2}
    )
    with pytest.raises(ValueError, match="no clips"):
        scores(np.empty((0, 6)), np.array([], int))
