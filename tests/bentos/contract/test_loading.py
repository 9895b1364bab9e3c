"""A version is loaded with its own code and compared with what was recorded before it serves."""

import json
import shutil

import numpy as np
import pytest

from bentos.contract import loading
from bentos.contract.loading import ModelError, read_metadata
from tests.bentos.tiny_model import recorded


def test_a_folder_without_metadata_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"holds no metadata\.json"):
        read_metadata(tmp_path)


def test_loading_a_model_leaves_its_folder_as_it_is(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(folder.rglob("*"))
    loading.load(folder)
    assert sorted(folder.rglob("*")) == before


def test_answers_under_other_names_must_not_serve(tiny_model, tmp_path):
    model = recorded(tiny_model, tmp_path / "model")
    metadata = json.loads((model / "metadata.json").read_text())
    assert loading.check(loading.load(model), model, 12) == 2
    for labels in (metadata["labels"][::-1], ["zebra", *metadata["labels"][1:]]):
        (model / "metadata.json").write_text(json.dumps(metadata | {"labels": labels}))
        with pytest.raises(ModelError, match=f"label 0 is '{labels[0]}', but .* when it was 'book'"):
            loading.check(loading.load(model), model, 12)


def test_answers_of_versions_from_before_are_compared_without_names(tiny_model, tmp_path):
    model = recorded(tiny_model, tmp_path / "model")
    with np.load(model / "golden.npz") as file:
        before = {name: file[name] for name in file.files if name != "labels"}
    np.savez(model / "golden.npz", **before)
    assert loading.check(loading.load(model), model, 12) == 2


@pytest.mark.parametrize("missing", ["model.tflite", "pose2gloss.py"])
def test_a_folder_without_one_of_its_files_is_no_model(tiny_model, tmp_path, missing):
    folder = shutil.copytree(tiny_model, tmp_path / "model", ignore=shutil.ignore_patterns(missing))
    with pytest.raises(ModelError, match=f"holds no {missing}: not a pose2gloss model"):
        loading.load(folder)


def test_code_that_fails_is_no_model(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "pose2gloss.py").write_text("import sys\nraise SystemError('made for another service')")
    with pytest.raises(ModelError, match=r"pose2gloss\.py does not load: SystemError: made for another service"):
        loading.load(folder)


def test_two_versions_keep_their_own_code(tiny_model, tmp_path, clip):
    """One goes on serving while the other takes over."""
    other = shutil.copytree(tiny_model, tmp_path / "nested" / "below" / "model").parent.parent
    code = next(other.rglob("pose2gloss.py"))
    code.write_text(
        code.read_text() + "\nPose2Gloss.predict = lambda self, landmarks, fps=None, aspect=None: 'other'\n"
    )
    first, second = loading.load(tiny_model), loading.load(other)
    assert second.predict(clip) == "other"
    assert first.predict(clip).shape == (12,)


def test_answers_that_differ_from_the_recorded_ones_must_not_serve(tiny_models, tmp_path):
    model = recorded(tiny_models(1), tmp_path / "model")
    with pytest.raises(ModelError, match=r"clip 0 of golden\.npz gives probabilities that differ by 0\.\d"):
        loading.check(loading.load(tiny_models(2)), model, 12)


def test_without_recorded_answers_a_made_up_clip_must_give_probabilities(tiny_model):
    model = loading.load(tiny_model)
    assert loading.check(model, tiny_model, 12) == 0
    with pytest.raises(ModelError, match=r"gives \(12,\) values, not 13 finite probabilities"):
        loading.check(model, tiny_model, 13)
    model.predict = lambda landmarks: np.full(12, np.nan)
    with pytest.raises(ModelError, match="not 12 finite probabilities"):
        loading.check(model, tiny_model, 12)
