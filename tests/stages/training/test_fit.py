"""Training learns, keeps its best epoch, goes on after an interruption."""

import json

import keras
import numpy as np
import pandas as pd
import pytest

from stages.training.fit import fit, optimizer, run_key
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


def test_with_muon_it_learns_and_goes_on_where_it_was(data, tmp_path):
    recipe = RECIPE.model_copy(update={"optimizer": "muon"})
    with pytest.raises(KeyboardInterrupt):
        fit(recipe, spec(GLOSSES), *data, tmp_path / "gislr", [Stop()])
    report = fit(recipe, spec(GLOSSES), *data, tmp_path / "gislr")
    assert [h["epoch"] for h in report.history] == list(range(20))
    assert report.val.accuracy >= 0.9
    assert report.recipe["optimizer"] == "muon"


def first_steps(name, folder):
    """Path of each weight and how far the optimizer's first step moves it, where few directions prevail."""
    model, rng = load_model(folder / "model.keras"), np.random.default_rng(0)
    before = [np.array(weight) for weight in model.trainable_variables]
    skewed = [(weight**3 + rng.normal(0, 1e-4, weight.shape)).astype(np.float32) for weight in before]
    recipe = RECIPE.model_copy(update={"optimizer": name, "warmup_epochs": 0.0, "weight_decay": 0.0})
    optimizer(recipe, 10).apply(skewed, model.trainable_variables)
    return [(w.path, np.array(w) - old) for w, old in zip(model.trainable_variables, before, strict=True)]


def test_muon_moves_matrices_in_all_directions_alike_and_all_else_as_adamw_does(trained):
    turned = 0
    for (path, step), (_, plain) in zip(first_steps("muon", trained[0]), first_steps("adamw", trained[0]), strict=True):
        if step.ndim != 2 or path.startswith("logits"):
            np.testing.assert_allclose(step, plain, rtol=0.05, atol=1e-5, err_msg=path)
            continue
        along, size = np.linalg.svd(step, compute_uv=False), np.sqrt(np.mean(step**2))
        assert along.min() > 0.3 * along.max(), path  # five iterations bring each to between 0.7 and 1.2
        assert size == pytest.approx(0.2 * RECIPE.learning_rate, rel=0.5), path
        turned += 1
    assert turned > 5


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


def test_a_share_of_the_weights_to_begin_with_is_in_those_that_are_kept(trained, data, tmp_path):
    kept = {}
    for share in (0.0, 0.4):
        changes = {"warm_start": str(trained[0]), "epochs": 2, "start_share": share}
        report = fit(RECIPE.model_copy(update=changes), spec(GLOSSES), *data, tmp_path / f"m{share}")
        model = load_model(tmp_path / f"m{share}" / "model.keras")
        kept[share] = [np.array(weight) for weight in model.trainable_variables]
        assert report.val == scores(predict(model, data[1]), data[1].labels)  # of what is kept, not of the epoch
    began = load_model(trained[0] / "model.keras").trainable_variables
    moved = [np.abs(kept[0.0][i] - np.array(weight)).max() for i, weight in enumerate(began)]
    assert max(moved) > 0.01
    for own, mixed, weight in zip(kept[0.0], kept[0.4], began, strict=True):
        np.testing.assert_allclose(mixed, 0.4 * np.array(weight) + 0.6 * own, atol=0.05 * max(moved))


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
