"""What a warm start takes over is found by what layers do and by what channels mean."""

import shutil

import keras
import numpy as np
import pytest

from stages.dataset.spec import TensorSpec
from stages.features.body import BodyNormalization
from stages.features.inputs import FrameFeatures, PaddingMask, PointImage, landmark_inputs
from stages.features.pieces import STANDARD, channels
from stages.networks.layers import MaskedBatchNorm, MaskedMean
from stages.training.fit import build
from stages.training.recipe import Recipe
from stages.training.saved import ModelFileError, load_model
from stages.training.warm import warm_start
from tests.stages.clips import signer, spec
from tests.stages.training.small import GLOSSES, RECIPE

THREE = spec(3)
LESS = tuple(name for name in STANDARD if "motion" not in name)


def gislr(pieces=STANDARD) -> keras.Model:
    hyper = {"dim": 16, "groups": 1, "conv_blocks": 1, "kernel": 5, "pieces": pieces}
    return build(Recipe(network="gislr", hyper=hyper), THREE)


def saved(model: keras.Model, folder) -> str:
    model.save(folder / "model.keras")
    THREE.write(folder / "spec.json")
    return str(folder)


@pytest.mark.parametrize(
    ("before", "after"),
    [(STANDARD, LESS), (LESS, STANDARD), (STANDARD, STANDARD[::-1])],
    ids=["less", "more", "turned"],
)
def test_columns_go_where_their_channel_is(before, after, tmp_path):
    old, new = gislr(before), gislr(after)
    fresh = np.array(new.get_layer("stem").conv.kernel)
    warm_start(new, THREE, saved(old, tmp_path))
    kernel, learned = (np.array(model.get_layer("stem").conv.kernel) for model in (new, old))
    theirs = channels(before, THREE.chosen_landmarks)
    for column, name in enumerate(channels(after, THREE.chosen_landmarks)):
        expected = learned[..., theirs.index(name), :] if name in theirs else fresh[..., column, :]
        np.testing.assert_array_equal(kernel[..., column, :], expected)
    for ours, others in zip(new.weights, old.weights, strict=True):
        if ours is not new.get_layer("stem").conv.kernel and ours.dtype == "float32":
            np.testing.assert_array_equal(ours, others)


def test_with_no_channel_in_common_the_first_layer_begins_afresh(tmp_path):
    old, new = gislr(("place",)), gislr(("place_motion_1",))  # as many channels, of another meaning
    fresh = np.array(new.get_layer("stem").conv.kernel)
    warm_start(new, THREE, saved(old, tmp_path))
    np.testing.assert_array_equal(new.get_layer("stem").conv.kernel, fresh)


def nameless(pieces=STANDARD, hidden=8, labels=3, deep=True) -> keras.Model:
    """Layers of no name, an activation behind the output, and as many channels inside as glosses outside."""
    raw = landmark_inputs()
    x = FrameFeatures(THREE.chosen_landmarks, pieces=pieces)(*BodyNormalization()(raw["landmarks"], raw["aspect"]))
    x, mask = PaddingMask()(x)
    if deep:
        x = MaskedBatchNorm()(keras.layers.Dense(hidden)(x), mask)
    return keras.Model(
        raw, keras.layers.Activation("linear")(keras.layers.Dense(labels)(MaskedMean()(x, mask))), name="n"
    )


@pytest.mark.parametrize("deep", [True, False], ids=["two layers", "one layer is first and last"])
def test_layers_need_no_names(deep, tmp_path):
    old, new = nameless(deep=deep), nameless(LESS[::-1], labels=4, deep=deep)
    fresh = [np.array(weight) for weight in new.trainable_weights]
    now = type(THREE)(("new", "g2", "g0", "g1"), THREE.chosen_landmarks)
    assert warm_start(new, now, saved(old, tmp_path))[1] == 3
    theirs = channels(STANDARD, THREE.chosen_landmarks)
    rows = [theirs.index(name) for name in channels(LESS[::-1], THREE.chosen_landmarks)]
    kernels = [np.array(model.trainable_weights[0]) for model in (new, old)]
    ends = [np.array(model.trainable_weights[-2]) for model in (new, old)]
    if deep:
        np.testing.assert_array_equal(kernels[0], kernels[1][rows])
        np.testing.assert_array_equal(ends[0][:, 1:], ends[1][:, [2, 0, 1]])
    else:
        np.testing.assert_array_equal(ends[0][:, 1:], ends[1][rows][:, [2, 0, 1]])
    np.testing.assert_array_equal(ends[0][:, 0], fresh[-2][:, 0])


def test_an_image_has_no_channels_to_tell_apart(tmp_path):
    """A network that takes its image in by a convolution takes that over as it is."""

    def model() -> keras.Model:
        raw = landmark_inputs()
        image = PointImage(THREE.chosen_landmarks)(*BodyNormalization()(raw["landmarks"], raw["aspect"]))
        x = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3)(image))
        return keras.Model(raw, keras.layers.Dense(3)(x), name="image")

    old, new = model(), model()
    warm_start(new, THREE, saved(old, tmp_path))
    for ours, theirs in zip(new.weights, old.weights, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_what_does_not_fit_is_named_with_its_network(tmp_path):
    with pytest.raises(ModelFileError, match=r"\d+, 8\) .*, 9\) here: give both one size \(train\.n\)"):
        warm_start(nameless(hidden=9), THREE, saved(nameless(hidden=8), tmp_path))


def test_a_warm_start_keeps_what_is_known_of_the_glosses_in_both(trained):
    model = build(RECIPE, TensorSpec(("new", "g2", "g0"), spec(GLOSSES).chosen_landmarks))
    fresh, old = np.array(model.get_layer("logits").prototypes), load_model(trained[0] / "model.keras")
    taken = warm_start(model, TensorSpec(("new", "g2", "g0"), ()), str(trained[0] / "model.keras"))
    assert taken == (sum(w.dtype.startswith("float") for w in model.weights), 2)
    for layer in ("stem", "depthwise_conv1d", "attention"):
        ours, theirs = (next(x for x in m.layers if x.name.startswith(layer)).weights for m in (model, old))
        np.testing.assert_array_equal(ours[0], theirs[0])
    kernel, learned = np.array(model.get_layer("logits").prototypes), np.array(old.get_layer("logits").prototypes)
    np.testing.assert_array_equal(kernel[:, 1:], learned[:, [2, 0]])
    np.testing.assert_array_equal(kernel[:, 0], fresh[:, 0])


def test_a_share_of_another_model_is_taken_of_what_both_know(trained):
    model = build(RECIPE, TensorSpec(("new", "g2", "g0"), spec(GLOSSES).chosen_landmarks))
    before, old = [np.array(weight) for weight in model.weights], load_model(trained[0] / "model.keras")
    warm_start(model, TensorSpec(("new", "g2", "g0"), ()), str(trained[0] / "model.keras"), 0.25)
    for weight, own, theirs in zip(model.weights[:-1], before[:-1], old.weights[:-1], strict=True):
        if weight.dtype == "float32":
            np.testing.assert_allclose(weight, 0.25 * np.array(theirs) + 0.75 * own, atol=1e-6, err_msg=weight.path)
    kernel, learned = np.array(model.get_layer("logits").prototypes), np.array(old.get_layer("logits").prototypes)
    np.testing.assert_allclose(kernel[:, 1:], 0.25 * learned[:, [2, 0]] + 0.75 * before[-1][:, 1:], atol=1e-6)
    np.testing.assert_array_equal(kernel[:, 0], before[-1][:, 0])


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
