"""params.yaml says of each parameter what its field says."""

import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc.utils.hydra import apply_overrides

from stages import comments, preset
from stages.params import load
from tests.conftest import ROOT

TEXT = (ROOT / "params.yaml").read_text(encoding="utf-8")
SECTIONS = {name: import_module(f"stages.{name}").Params for name in yaml.safe_load(TEXT)}
MEANINGS = {name: said for section, model in SECTIONS.items() for name, said in comments.meanings((section,), model)}


def is_section(name: comments.Name) -> bool:
    """Whether a parameter is a section within its section."""
    model = SECTIONS[name[0]]
    for field in name[1:]:
        model = comments.section_of(model, field)
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


def test_every_parameter_is_set_by_a_plain_override(tmp_path):
    params = Path(shutil.copy(ROOT / "params.yaml", tmp_path))
    names = [".".join(name) for name in MEANINGS if not is_section(name)]
    apply_overrides(params, [f"{name}=7" for name in names])  # what -S of `dvc exp run` does
    found = {".".join(name): value for name, value in leaves((), yaml.safe_load(params.read_text(encoding="utf-8")))}
    assert found == dict.fromkeys(names, 7)


def leaves(above: comments.Name, value: Any) -> Iterator[tuple[comments.Name, Any]]:
    """All values of nested parameters by their names."""
    if not isinstance(value, dict):
        yield above, value
    for name, inner in value.items() if isinstance(value, dict) else ():
        yield from leaves((*above, name), inner)


def test_every_stage_with_parameters_has_a_section():
    stages = {
        path.stem for path in (ROOT / "stages").glob("*.py") if re.search(r"^(class )?Params\b", path.read_text(), re.M)
    }
    assert stages == set(SECTIONS)


@pytest.mark.parametrize("value", ["{gislr: {epochs: 2, warm_start: base}}", "null"])
def test_names_that_are_free_are_set_as_a_whole(tmp_path, monkeypatch, value):
    monkeypatch.chdir(tmp_path)
    params = Path(shutil.copy(ROOT / "params.yaml", tmp_path))
    apply_overrides(params, [f"train.only={value}"])
    assert load("train", SECTIONS["train"]).model_dump(exclude_unset=True)["only"] == yaml.safe_load(value)


def test_what_is_left_out_is_added_where_its_section_has_it():
    text = "fetch:\n  source: zips\n  folder: here\n\naugment:\n  frequency: 2\n  strength:\n    flip: 0.1\n\nselect:\n"
    made = comments.completed(text)
    given, found = yaml.safe_load(text), yaml.safe_load(made)
    assert found["fetch"] == SECTIONS["fetch"]().model_dump(mode="json") | given["fetch"]
    assert found["augment"]["strength"]["flip"] == 0.1
    assert list(found["augment"]["strength"]) == list(type(SECTIONS["augment"]().strength).model_fields)
    assert found["select"] == SECTIONS["select"]().model_dump(mode="json")
    assert "\n\naugment:" in made
