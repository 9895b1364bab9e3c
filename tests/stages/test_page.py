"""The stage that gets MediaPipe for the browser: the right files, or a sentence and nothing half-written."""

import gzip
import io
import json
import tarfile
from pathlib import Path

import pytest

from stages import page


def archive(path: Path, files: dict[str, bytes]) -> Path:
    """A package as npm packs it."""
    with tarfile.open(path, "w:gz") as package:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            package.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def made_up(tmp_path, monkeypatch) -> dict[str, bytes]:
    """Small files instead of the real ones, with their checksums; one that compresses, one that does not."""
    import hashlib

    files = {"holistic.js": b"code " * 500, "pose.tflite": bytes(range(256)), "package.json": b"{}"}
    monkeypatch.setattr(page, "FILES", {name: hashlib.sha256(content).hexdigest() for name, content in files.items()})
    monkeypatch.chdir(tmp_path)
    return files


def test_takes_what_is_needed_from_an_archive(made_up, tmp_path):
    given = archive(tmp_path / "holistic.tgz", made_up | {"pose_landmark_heavy.tflite": b"not needed"})
    page.page(page.Params(archive=str(given)), tmp_path / "out")
    listed = json.loads((tmp_path / "out/holistic.json").read_text())
    assert listed["files"] == {name: len(content) for name, content in made_up.items()}
    folder = tmp_path / "out" / listed["base"]
    assert {name: (folder / name).read_bytes() for name in made_up} == made_up
    assert gzip.decompress((folder / "holistic.js.gz").read_bytes()) == made_up["holistic.js"]
    assert {p.name for p in folder.iterdir()} == {*made_up, "holistic.js.gz"}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda files: files | {"pose.tflite": b"another"}, r"pose\.tflite .* checksum differs"),
        (lambda files: {"holistic.js": files["holistic.js"]}, "no archive of @mediapipe/holistic"),
    ],
)
def test_a_wrong_archive_leaves_what_was_there(made_up, tmp_path, spoil, says):
    page.page(page.Params(archive=str(archive(tmp_path / "good.tgz", made_up))), tmp_path / "out")
    before = sorted(tmp_path.glob("out/**/*"))
    with pytest.raises(page.PageError, match=says):
        page.page(page.Params(archive=str(archive(tmp_path / "bad.tgz", spoil(made_up)))), tmp_path / "out")
    assert sorted(tmp_path.glob("out/**/*")) == before
    assert not list(tmp_path.glob(".page*"))


@pytest.mark.parametrize("name", ["missing.tgz", "text.tgz"])
def test_a_file_that_is_no_archive_is_named(made_up, tmp_path, name):
    (tmp_path / "text.tgz").write_text("hello")
    with pytest.raises(page.PageError, match=name):
        page.page(page.Params(archive=name), tmp_path / "out")


def test_without_a_registry_it_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("page: {}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(SystemExit, match=r"(?s)npm could not get .*page\.archive.*dvc repro register"):
        page.main()
    assert not list(tmp_path.glob("data/*"))


def test_too_slow_a_registry_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(page.PageError, match="timeout_s"):
        page.page(page.Params(timeout_s=0.01), tmp_path / "out")
