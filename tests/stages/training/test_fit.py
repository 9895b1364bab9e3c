"""Training learns, keeps its best epoch, goes on after an interruption."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from stages.training.fit import fit, run_key
from stages.training.metrics import predict, scores
from stages.training.saved import load_model
from tests.stages.clips import signer, spec
from tests.stages.training.small import GLOSSES, RECIPE


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
