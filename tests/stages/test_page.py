"""The stage that gets MediaPipe for the browser: the right files, or a sentence and nothing half-written."""

import gzip
import hashlib
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
def made_up(tmp_path, monkeypatch) -> dict[str, dict[str, bytes]]:
    """Small packages instead of the real ones, with their checksums: their archives' names, and what is in them."""
    files = (
        {"model.js": b"code " * 500, "pose.tflite": bytes(range(256)), "package.json": b"{}"},
        {"dist/read.mjs": b"0"},
    )
    packages = [
        page.Package(name, "1.0", folder, {path: hashlib.sha256(held[path]).hexdigest() for path in held})
        for name, folder, held in zip(("@of/models", "reader"), ("models", "reads"), files, strict=True)
    ]
    monkeypatch.setattr(page, "PACKAGES", tuple(packages))
    monkeypatch.chdir(tmp_path)
    return {package.archive: held for package, held in zip(packages, files, strict=True)}


def packed(folder: Path, packages: dict[str, dict[str, bytes]]) -> page.Params:
    """A folder with the packages; the parameters that name it."""
    folder.mkdir()
    for name, files in packages.items():
        archive(folder / name, files)
    return page.Params(archives=str(folder))


MODELS, READER = "of-models-1.0.tgz", "reader-1.0.tgz"


def test_takes_what_is_needed_from_the_archives(made_up, tmp_path):
    models = made_up[MODELS]
    given = made_up | {MODELS: models | {"pose_landmark_heavy.tflite": b"not needed"}}
    page.page(packed(tmp_path / "given", given), tmp_path / "out")
    listed = json.loads((tmp_path / "out/models.json").read_text())
    assert listed["files"] == {name: len(content) for name, content in models.items()}
    folder = tmp_path / "out" / listed["base"]
    assert {name: (folder / name).read_bytes() for name in models} == models
    assert gzip.decompress((folder / "model.js.gz").read_bytes()) == models["model.js"]
    assert {p.name for p in folder.iterdir()} == {*models, "model.js.gz"}
    listed = json.loads((tmp_path / "out/reads.json").read_text())
    assert listed == {"package": "reader", "version": "1.0", "base": "reads/1.0/", "files": {"read.mjs": 1}}
    assert (tmp_path / "out/reads/1.0/read.mjs").read_bytes() == b"0"


@pytest.mark.parametrize(
    ("spoilt", "says"),
    [
        ({MODELS: {"pose.tflite": b"another"}}, r"model\.js|no archive of @of/models@1\.0"),
        ({READER: {"dist/read.mjs": b"1"}}, r"dist/read\.mjs .* not the one of reader@1\.0: its checksum differs"),
        ({READER: {"read.mjs": b"0"}}, r"no archive of reader@1\.0"),
    ],
)
def test_a_wrong_archive_leaves_what_was_there(made_up, tmp_path, spoilt, says):
    page.page(packed(tmp_path / "good", made_up), tmp_path / "out")
    before = sorted(tmp_path.glob("out/**/*"))
    with pytest.raises(page.PageError, match=says):
        page.page(packed(tmp_path / "bad", made_up | spoilt), tmp_path / "out")
    assert sorted(tmp_path.glob("out/**/*")) == before
    assert not list(tmp_path.glob(".page*"))


def test_a_file_that_is_missing_or_no_archive_is_named(made_up, tmp_path):
    with pytest.raises(page.PageError, match=rf"missing/{MODELS}"):
        page.page(page.Params(archives="missing"), tmp_path / "out")
    given = packed(tmp_path / "given", made_up)
    (tmp_path / "given" / READER).write_text("hello")
    with pytest.raises(page.PageError, match=READER):
        page.page(given, tmp_path / "out")


def test_without_a_registry_it_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "params.yaml").write_text("page: {}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_fetch_retries", "0")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(SystemExit, match=r"(?s)npm could not get .*page\.archives.*dvc repro register"):
        page.main()
    assert not list(tmp_path.glob("data/*"))


def test_too_slow_a_registry_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    with pytest.raises(page.PageError, match="timeout_s"):
        page.page(page.Params(timeout_s=0.01), tmp_path / "out")
