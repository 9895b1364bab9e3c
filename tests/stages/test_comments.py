"""params.yaml says of each parameter what its field says."""

import shutil
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from stages import comments, preset
from tests.conftest import ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
SECTIONS = {name: import_module(f"stages.{name}").Params for name in yaml.safe_load(TEXT)}
MEANINGS = {name: said for section, model in SECTIONS.items() for name, said in comments.meanings((section,), model)}


def is_section(name: comments.Name) -> bool:
    """Whether a parameter is a section within its section."""
    model = SECTIONS[name[0]]
    for field in name[1:]:
        annotation = model.model_fields[field].annotation
        model = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    return model is not None


def test_all_sections_are_looked_at():
    assert len(SECTIONS) > 14
    assert ("train", "gislr", "dim") in MEANINGS
    assert ("register", "gate", "size_mb") in MEANINGS


@pytest.mark.parametrize("name", MEANINGS, ids=".".join)
def test_each_parameter_says_what_it_means(name):
    assert MEANINGS[name] or is_section(name)


def test_the_file_says_the_same():
    said = comments.comments(TEXT)
    differ = [".".join(name) for name, meaning in MEANINGS.items() if said.get(name, meaning) != meaning]
    assert differ == [], "run `python -m stages.comments`"


def test_what_is_right_stays_to_the_byte(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    comments.main()
    assert Path("params.yaml").read_text(encoding="utf-8") == TEXT


def test_what_is_missing_or_wrong_is_written_and_values_stay():
    text = 'fetch:\n  folder: "a # b" # wrong\n  # wrong\n  takes: 2\n  seed: 3\nregister:\n  gate:\n    size_mb: 7\n'
    made = comments.commented(text)
    assert yaml.safe_load(made) == yaml.safe_load(text)
    said = comments.comments(made)
    assert said["fetch", "folder"] == "where the zips or the .npz files are; read in place"
    assert said["fetch", "takes"] == "drawn clips of each word by each of the ten signers"
    assert said["fetch", "seed"] == "of the drawn sample"
    assert said["register", "gate", "size_mb"] == "MB; largest TFLite file"


def test_comments_outlive_a_preset(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    preset.main(["wlasl100"])
    before, after = comments.comments(TEXT), comments.comments(Path("params.yaml").read_text(encoding="utf-8"))
    assert {name: after.get(name, said) for name, said in before.items()} == before
