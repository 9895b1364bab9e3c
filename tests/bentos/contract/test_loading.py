"""A version is loaded with its own code and compared with what was recorded before it serves."""

import importlib.util
import json
import py_compile
import shutil
import sys

import numpy as np
import pytest

from bentos.contract import loading
from bentos.contract.loading import ModelError, read_metadata
from tests.bentos.tiny_model import LABELS, recorded


def test_a_folder_without_metadata_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"holds no metadata\.json"):
        read_metadata(tmp_path)


def test_loading_a_model_leaves_its_folder_as_it_is(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(folder.rglob("*"))
    loading.load(folder)
    assert sorted(folder.rglob("*")) == before


def test_what_runs_is_the_source_and_no_compiled_copy_of_another(tiny_model, tmp_path, clip):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    code = folder / "pose2gloss.py"
    right = code.read_text()
    code.write_text(right + "\nPose2Gloss.predict = None\n")
    compiled = importlib.util.cache_from_source(str(code))
    py_compile.compile(str(code), compiled, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    code.write_text(right)
    assert loading.load(folder).predict(clip).shape == (12,)


def test_answers_under_other_names_must_not_serve(tiny_model, tmp_path):
    model = recorded(tiny_model, tmp_path / "model")
    metadata = json.loads((model / "metadata.json").read_text())
    assert loading.check(loading.load(model), model) == 2
    for labels in (LABELS[::-1], ["zebra", *LABELS[1:]], LABELS[:-1]):
        (model / "metadata.json").write_text(json.dumps(metadata | {"labels": labels}))
        i = 11 if len(labels) < 12 else 0
        with pytest.raises(ModelError, match=f"label {i} is .* but .* when it was '{LABELS[i]}'|for 11 labels"):
            loading.check(loading.load(model), model)


def test_code_that_names_its_answers_otherwise_must_not_serve(tiny_model, tmp_path):
    model = recorded(tiny_model, tmp_path / "model")
    with (model / "pose2gloss.py").open("a") as code:
        code.write("\nPose2Gloss.labels = property(lambda self: self.metadata['labels'][::-1], lambda self, _: None)\n")
    with pytest.raises(ModelError, match=r"label 0 is 'fine', but .* when it was 'book'"):
        loading.check(loading.load(model), model)


def golden(folder, **changed) -> None:
    """Write golden.npz with other arrays; None leaves one out."""
    with np.load(folder / "golden.npz") as file:
        said = {name: file[name] for name in file.files} | changed
    np.savez(folder / "golden.npz", **{name: array for name, array in said.items() if array is not None})


NONE = {
    "landmarks": np.empty((0, 180, 3), np.float16),
    "offsets": np.zeros(1, int),
    "fps": np.empty(0),
    "aspect": np.empty(0),
    "probabilities": np.empty((0, 12)),
}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"labels": None}, r"golden\.npz does not say labels: export the model anew"),
        ({"probabilities": None, "fps": None}, r"golden\.npz does not say fps, probabilities"),
        (NONE, r"golden\.npz holds no clip: without recorded answers"),
        ({"fps": np.ones(1)}, "does not hold as many clips as answers"),
        ({"offsets": np.array([0, 30, 30])}, "does not hold as many clips as answers"),
        ({"probabilities": np.ones((2, 5))}, "does not say of each probability whose it is"),
        ({"probabilities": np.full((2, 12), np.nan)}, "differ by nan"),
        ({"labels": np.array(["book", None], object)}, r"golden\.npz cannot be read: .*allow_pickle"),
    ],
)
def test_recorded_answers_that_say_nothing_must_not_serve(tiny_model, tmp_path, changed, says):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    golden(model, **changed)
    with pytest.raises(ModelError, match=says):
        loading.check(loading.load(model), model)


def test_recorded_answers_may_say_more(tiny_model, tmp_path):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    golden(model, embedding=np.ones((2, 8)))
    assert loading.check(loading.load(model), model) == 2


def test_a_version_without_recorded_answers_must_not_serve(tiny_model, tmp_path):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    (model / "golden.npz").unlink()
    with pytest.raises(ModelError, match=r"there is no golden\.npz: without recorded answers nobody can tell"):
        loading.check(loading.load(model), model)


def test_figures_that_are_cut_must_not_serve(tiny_model, tmp_path):
    model = shutil.copytree(tiny_model, tmp_path / "model")
    np.savez(model / "vocabulary.npz", glosses=np.array(LABELS), streams=np.zeros(9000, np.uint8))
    assert loading.check(loading.load(model), model) == 2
    whole = (model / "vocabulary.npz").read_bytes()
    for cut in (whole[: len(whole) // 2], whole[:500] + whole[600:], b""):
        (model / "vocabulary.npz").write_bytes(cut)
        with pytest.raises(ModelError, match=r"vocabulary\.npz cannot be read"):
            loading.check(loading.load(model), model)


@pytest.mark.parametrize("missing", ["model.tflite", "pose2gloss.py"])
def test_a_folder_without_one_of_its_files_is_no_model(tiny_model, tmp_path, missing):
    folder = shutil.copytree(tiny_model, tmp_path / "model", ignore=shutil.ignore_patterns(missing))
    with pytest.raises(ModelError, match=f"holds no {missing}: not a pose2gloss model"):
        loading.load(folder)


@pytest.mark.parametrize("raised", ["SystemError", "SystemExit", "GeneratorExit", "BaseException", "MemoryError"])
def test_code_that_raises_anything_is_no_model(tiny_model, tmp_path, raised):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "pose2gloss.py").write_text(f"raise {raised}('made for another service')")
    with pytest.raises(ModelError, match=rf"pose2gloss\.py does not load: {raised}: made for another service"):
        loading.load(folder)


def test_a_prediction_that_raises_anything_must_not_serve(tiny_model):
    model = loading.load(tiny_model)
    model.predict = lambda landmarks, fps, aspect: sys.exit(3)
    with pytest.raises(ModelError, match=r"clip 0 of golden\.npz gives no probabilities: SystemExit: 3"):
        loading.check(model, tiny_model)


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
        loading.check(loading.load(tiny_models(2)), model)
