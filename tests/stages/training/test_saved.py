"""Models saved by this code and by code before it are read back, or refused with a reason."""

import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from scipy.special import softmax

from stages.dataset.spec import TensorSpec
from stages.features.inputs import FrameFeatures
from stages.features.pieces import STANDARD
from stages.networks import NETWORKS
from stages.serving_model.pose2gloss import resample
from stages.training.fit import build
from stages.training.recipe import Recipe
from stages.training.saved import ModelFileError, load_model
from tests.stages.clips import signer, spec

BASE = Path(__file__).resolve().parents[3] / "data" / "base"
SMALL = {"gislr": {"dim": 16, "groups": 1}, "convnext_tiny": {"width": 4, "depths": (1, 1, 1, 1)}}


def test_the_base_answers_as_recorded():
    """The weights to go on from are those that are served."""
    model, metadata = load_model(BASE / "training" / "model.keras"), json.loads((BASE / "metadata.json").read_text())
    assert next(layer for layer in model.layers if isinstance(layer, FrameFeatures)).pieces == STANDARD
    labels = TensorSpec.read(BASE / "training" / "spec.json").labels
    with np.load(BASE / "golden.npz", allow_pickle=False) as file:
        golden = {name: file[name] for name in file.files}
    assert tuple(golden["labels"]) == labels
    for i, (start, end) in enumerate(zip(golden["offsets"], golden["offsets"][1:], strict=False)):
        clip = resample(golden["landmarks"][start:end], float(golden["fps"][i]), metadata["frame_rate"])
        logits = model({"landmarks": clip[None], "aspect": golden["aspect"][i : i + 1]}, training=False)
        found, expected = softmax(np.asarray(logits)[0] / metadata["temperature"]), golden["probabilities"][i]
        np.testing.assert_allclose(found, expected, atol=0.03)  # the file that is served has weights of 8 bits
        assert found.argmax() == expected.argmax()


@pytest.mark.parametrize("name", NETWORKS)
def test_it_is_read_back_whole(name, tmp_path):
    model = build(Recipe(network=name, hyper=SMALL[name]), spec(3))
    model.save(tmp_path / "model.keras")
    again = load_model(tmp_path / "model.keras")
    assert again.name == name
    batch = {"landmarks": signer(20)[None], "aspect": np.ones(1, np.float32)}
    np.testing.assert_array_equal(again(batch), model(batch))


def test_a_piece_that_is_no_more_is_named(tmp_path):
    build(Recipe(network="gislr", hyper=SMALL["gislr"]), spec(3)).save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as now, zipfile.ZipFile(tmp_path / "old.keras", "w") as old:
        for name in now.namelist():
            content = now.read(name)
            old.writestr(name, content.replace(b'"chest_seen"', b'"bones"') if name == "config.json" else content)
    with pytest.raises(ModelFileError, match=r"no piece 'bones': .* train it again without that piece"):
        load_model(tmp_path / "old.keras")


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
