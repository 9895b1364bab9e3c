"""The fetch stage: its sources, its list, and what it says when data is not there."""

import hashlib
import json
import logging
import os
import re
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from stages import fetch, paths
from stages.corpus.drawn import archives
from stages.corpus.drawn.archives import FIRST, SECOND
from stages.corpus.sources import SourceError
from tests.conftest import ROOT
from tests.stages.media import write_zip


def test_sample_is_drawn_and_listed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(archives, "CAST", archives.CAST[::4])
    fetch.fetch(fetch.Params(source="sample", glosses=2))
    listed = json.loads(paths.ARCHIVES.read_text())
    assert listed["source"] == "sample"
    assert [a["path"] for a in listed["archives"]] == [f"data/raw/{FIRST}", f"data/raw/{SECOND}"]
    for archive in listed["archives"]:
        content = (tmp_path / archive["path"]).read_bytes()
        assert archive["kind"] == "zip"
        assert archive["size"] == len(content)
        assert archive["sha256"] == hashlib.sha256(content).hexdigest()


def make_zip(path: Path) -> bytes:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("videos/1.mp4", path.name)
    return path.read_bytes()


def test_wlasl_zips_are_listed_in_place(tmp_path):
    folder, out = tmp_path / "incoming", tmp_path / "raw"
    folder.mkdir()
    first = make_zip(folder / FIRST)
    make_zip(folder / SECOND)
    archives = fetch.fetch(fetch.Params(source="wlasl", folder=folder), out)
    assert [a.path for a in archives] == [str(folder / FIRST), str(folder / SECOND)]
    assert archives[0].sha256 == hashlib.sha256(first).hexdigest()
    assert [p.name for p in out.iterdir()] == ["archives.json"]


def test_all_zips_of_a_folder_and_what_was_unpacked_are_listed_by_name(tmp_path):
    write_zip(tmp_path / "b.zip", {"MSASL_train.json": b"[]"})
    write_zip(tmp_path / "d.ZIP", {"1.mp4": b""})
    for folder in ("b", "c", ".cache"):  # b is what b.zip was unpacked to
        (tmp_path / folder).mkdir()
    (tmp_path / "c" / "2.mp4").touch()
    (tmp_path / "notes.txt").touch()
    found = fetch.fetch(fetch.Params(source="zips", folder=tmp_path), tmp_path / ".raw")
    assert [(Path(a.path).name, a.kind) for a in found] == [("b.zip", "zip"), ("c", "folder"), ("d.ZIP", "zip")]
    listed = json.loads((tmp_path / ".raw/archives.json").read_text())
    assert (listed["source"], listed["dataset"]) == ("zips", "MS-ASL")


def test_zips_without_a_list_that_is_known_are_refused(tmp_path):
    with pytest.raises(SourceError, match=r"there is no folder .*nowhere, so no zips .* set fetch\.folder"):
        fetch.fetch(fetch.Params(source="zips", folder=tmp_path / "nowhere"), tmp_path / ".raw")
    with pytest.raises(SourceError, match="holds no zips with a data set's list and videos"):
        fetch.fetch(fetch.Params(source="zips", folder=tmp_path), tmp_path / ".raw")
    make_zip(tmp_path / "a.zip")
    with pytest.raises(SourceError, match=r"No archive holds the list of a data set .*WLASL.*ASL Citizen.*MS-ASL"):
        fetch.fetch(fetch.Params(source="zips", folder=tmp_path), tmp_path / ".raw")
    assert list((tmp_path / ".raw").iterdir()) == []


def test_unpacked_zips_are_listed_as_folders_that_change_with_their_files(tmp_path):
    make_zip(tmp_path / FIRST)
    videos = tmp_path / "wlasl2000-resized" / "wlasl-complete" / "videos"
    videos.mkdir(parents=True)
    (videos / "1.mp4").write_bytes(b"12345")
    params = fetch.Params(source="wlasl", folder=tmp_path)
    before = fetch.fetch(params, tmp_path / "raw")[1]
    assert (before.kind, before.path, before.size) == ("folder", str(tmp_path / "wlasl2000-resized"), 5)
    (videos / "2.mp4").write_bytes(b"")
    assert fetch.fetch(params, tmp_path / "raw")[1].sha256 != before.sha256


def test_missing_wlasl_zips_are_named_with_where_to_get_them(tmp_path):
    make_zip(tmp_path / FIRST)
    with pytest.raises(SourceError, match=r"wlasl2000-resized.zip: Kaggle data set sttaseen/wlasl2000-resized"):
        fetch.fetch(fetch.Params(source="wlasl", folder=tmp_path), tmp_path / "raw")
    with pytest.raises(SourceError, match="there is no folder"):
        fetch.fetch(fetch.Params(source="wlasl", folder=tmp_path / "nowhere"), tmp_path / "raw")


def test_a_half_downloaded_zip_is_named_and_no_older_list_is_left(tmp_path):
    make_zip(tmp_path / FIRST)
    whole = make_zip(tmp_path / SECOND)
    params = fetch.Params(source="wlasl", folder=tmp_path)
    fetch.fetch(params, tmp_path / "raw")
    (tmp_path / SECOND).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceError, match=r"wlasl2000-resized.zip is not a whole zip"):
        fetch.fetch(params, tmp_path / "raw")
    assert list((tmp_path / "raw").iterdir()) == []


def test_the_stage_ends_with_one_sentence_when_data_is_missing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("fetch:\n  source: wlasl\n  folder: nowhere\n")
    with pytest.raises(SystemExit, match=r"^there is no folder nowhere"):
        fetch.main()


def test_the_stage_says_what_it_listed(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    make_zip(tmp_path / FIRST)
    make_zip(tmp_path / SECOND)
    fetch.fetch(fetch.Params(source="wlasl", folder=tmp_path), tmp_path / "raw")
    assert str(tmp_path / SECOND) in caplog.text


def test_real_zips_are_found(wlasl_dir, tmp_path):
    archives = fetch.fetch(fetch.Params(source="wlasl", folder=wlasl_dir), tmp_path)
    assert [a.kind for a in archives] == ["zip", "zip", "npz"]  # the folder holds landmarks too
    assert all(a.size > 10_000_000 for a in archives)
    assert fetch.fetch(fetch.Params(source="zips", folder=wlasl_dir), tmp_path) == archives
    assert json.loads((tmp_path / "archives.json").read_text())["dataset"] == "WLASL"


def draw_in_a_process(folder: Path) -> subprocess.Popen:
    """Run the stage in a process group of its own, and wait until it draws."""
    (folder / "params.yaml").write_text("fetch:\n  source: sample\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "stages.fetch"]
    stage = subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, start_new_session=True)
    seen = b""
    while not re.search(rb"[1-9]\d*/120", seen):
        more = os.read(stage.stderr.fileno(), 4096)
        assert more, f"the stage ended before it drew: {seen.decode()}"
        seen += more
    return stage


def test_ctrl_c_ends_the_drawing_at_once_and_leaves_nothing(tmp_path):
    stage = draw_in_a_process(tmp_path)
    os.killpg(stage.pid, signal.SIGINT)
    said = stage.communicate(timeout=60)[1].decode()
    assert stage.returncode == 130
    assert said.strip().endswith("nothing half-written is left")
    assert "Traceback" not in said
    assert list((tmp_path / "data/raw").iterdir()) == []


def test_a_killed_stage_leaves_no_zip_and_no_process(tmp_path):
    stage = draw_in_a_process(tmp_path)
    stage.kill()
    stage.communicate(timeout=60)  # its stderr is closed once the processes that draw have ended too
    assert not list((tmp_path / "data/raw").glob("*.zip"))
    assert not (tmp_path / "data/raw/archives.json").exists()
