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
