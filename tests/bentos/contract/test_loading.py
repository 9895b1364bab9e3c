"""A version is loaded with its own code and compared with what was recorded before it serves."""

import shutil

import pytest

from bentos.contract import loading
from bentos.contract.loading import ModelError, read_metadata


def test_a_folder_without_metadata_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"holds no metadata\.json"):
        read_metadata(tmp_path)


def test_loading_a_model_leaves_its_folder_as_it_is(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model", ignore=shutil.ignore_patterns("__pycache__"))
    before = sorted(folder.rglob("*"))
    loading.load(folder)
    assert sorted(folder.rglob("*")) == before
