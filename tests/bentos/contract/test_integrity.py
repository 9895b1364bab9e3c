"""A version's files are those that were sealed, all of them and nothing else."""

import json
import shutil
from pathlib import Path

import pytest

from bentos.contract import integrity
from bentos.contract.loading import ModelError


@pytest.fixture
def sealed(tmp_path) -> Path:
    """A folder of two files, one of them below."""
    folder = tmp_path / "version"
    (folder / "training").mkdir(parents=True)
    (folder / "model.tflite").write_bytes(b"graph")
    (folder / "training" / "model.keras").write_bytes(b"weights")
    integrity.seal(folder)
    return folder


def test_what_was_sealed_is_verified_wherever_it_lies(sealed, tmp_path):
    assert integrity.verify(sealed) == sealed
    shutil.move(sealed, tmp_path / "artifacts" / "model")
    home = integrity.verify(tmp_path / "artifacts", integrity.fingerprint(tmp_path / "artifacts" / "model"))
    assert home == tmp_path / "artifacts" / "model"


def test_the_fingerprint_is_of_names_and_contents_alone(sealed, tmp_path):
    before = integrity.fingerprint(sealed)
    assert integrity.seal(sealed) == integrity.seal(shutil.copytree(sealed, tmp_path / "copy")) == before
    (sealed / "model.tflite").rename(sealed / "model2.tflite")
    assert integrity.seal(sealed) != before


def changed(folder: Path) -> None:
    (folder / "training" / "model.keras").write_bytes(b"weightz")


def gone(folder: Path) -> None:
    (folder / "model.tflite").unlink()


def added(folder: Path) -> None:
    (folder / "golden.npz").write_bytes(b"")


def unsealed(folder: Path) -> None:
    (folder / integrity.MANIFEST).unlink()


def unreadable(folder: Path) -> None:
    (folder / integrity.MANIFEST).write_text("{")


def outside(folder: Path) -> None:
    (folder / integrity.MANIFEST).write_text(json.dumps({"format": 1, "files": {"../other": "0" * 64}}))


def from_the_future(folder: Path) -> None:
    (folder / integrity.MANIFEST).write_text(json.dumps({"format": 2, "files": {}}))


@pytest.mark.parametrize(
    ("break_it", "says"),
    [
        (changed, r"training/model\.keras is not the file that was registered"),
        (gone, r"model\.tflite is missing"),
        (added, r"golden\.npz was not registered with it"),
        (unsealed, r"holds no manifest\.json.*`python -m stages\.register seal VERSION`"),
        (unreadable, r"manifest\.json cannot be read"),
        (outside, r"manifest\.json cannot be read"),
        (from_the_future, r"manifest\.json cannot be read"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(sealed, break_it, says):
    break_it(sealed)
    with pytest.raises(ModelError, match=says):
        integrity.verify(sealed)


def test_files_that_were_sealed_anew_are_not_those_that_were_registered(sealed):
    registered = integrity.fingerprint(sealed)
    changed(sealed)
    integrity.seal(sealed)
    integrity.verify(sealed)
    with pytest.raises(ModelError, match="are not those that were registered"):
        integrity.verify(sealed, registered)


def test_a_version_of_which_the_registry_has_no_fingerprint_is_refused(sealed):
    with pytest.raises(ModelError, match=r"has no fingerprint.*`python -m stages\.register seal VERSION`"):
        integrity.verify(sealed, "")


def test_compiled_code_and_hidden_files_are_no_part_of_it(sealed):
    (sealed / ".DS_Store").write_bytes(b"")
    (sealed / "__pycache__").mkdir()
    (sealed / "__pycache__" / "pose2gloss.cpython-311.pyc").write_bytes(b"")
    integrity.verify(sealed)


def test_stamps_tell_when_a_file_is_replaced_or_gone(sealed):
    before = integrity.stamps(sealed)
    assert integrity.stamps(sealed) == before
    assert len(before) == 3
    shutil.copy(sealed / "model.tflite", sealed / "same")
    (sealed / "same").replace(sealed / "model.tflite")
    replaced = integrity.stamps(sealed)
    assert replaced != before
    gone(sealed)
    assert integrity.stamps(sealed) not in (before, replaced)
