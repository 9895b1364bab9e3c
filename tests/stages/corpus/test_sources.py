"""Where `fetch` finds data, and what it says when it is not there."""

import hashlib
import json
from pathlib import Path

import pytest

from stages import fetch
from stages.corpus.drawn.archives import FIRST, SECOND
from stages.corpus.sources import SourceError
from tests.stages.media import make_zip, write_zip


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


def test_real_zips_are_found(wlasl_dir, tmp_path):
    archives = fetch.fetch(fetch.Params(source="wlasl", folder=wlasl_dir), tmp_path)
    assert [a.kind for a in archives] == ["zip", "zip", "npz"]  # the folder holds landmarks too
    assert all(a.size > 10_000_000 for a in archives)
    assert fetch.fetch(fetch.Params(source="zips", folder=wlasl_dir), tmp_path) == archives
    assert json.loads((tmp_path / "archives.json").read_text())["dataset"] == "WLASL"
