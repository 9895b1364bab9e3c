"""ingest finds, counts and reports every clip, and goes on past what is broken."""

import json
import os
from pathlib import Path

import pandas as pd
import pytest

from stages import paths
from stages.corpus.manifest import read_manifest
from stages.ingest import Params, ingest
from stages.start import StageError
from tests.stages.media import make_index, make_video, write_archives, write_zip


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder for the stage."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(**params) -> tuple[dict, pd.DataFrame]:
    ingest(Params(**params))
    return json.loads(paths.INGESTED.read_text()), read_manifest(paths.MANIFEST)


def two_zips(folder: Path) -> None:
    entries = [
        ("00001", "book", "train"),
        ("00002", "book", "test"),
        ("00003", "apple", "val"),
        ("00004", "apple", "train"),
    ]
    first = {"WLASL_v0.3.json": make_index(entries), "videos/00001.mp4": make_video(1)}
    second = {
        "wlasl-complete/videos/00001.mp4": make_video(9),
        "wlasl-complete/videos/00003.avi": make_video(3, suffix=".avi", fps=30.0),
        "wlasl-complete/videos/00002.webm": make_video(2, suffix=".webm"),
        "wlasl-complete/videos/99999.mp4": make_video(5),
    }
    write_archives(
        folder,
        (write_zip(folder / "first.zip", first), "zip"),
        (write_zip(folder / "second.zip", second), "zip"),
    )


def test_what_the_first_lacks_comes_from_the_second(repository: Path) -> None:
    two_zips(repository)
    report, manifest = run()
    assert (report["found_in_first"], report["added_from_later"], report["missing"], report["broken"]) == (1, 2, 1, 0)
    assert report["videos_not_listed"] == 1
    assert manifest["video_id"].tolist() == ["00001", "00002", "00003"]
    assert manifest["gloss"].tolist() == ["book", "book", "apple"], "the official order, not the alphabet's"
    assert manifest["label"].tolist() == [0, 0, 1]
    row = manifest.iloc[2]
    assert (row["member"], row["frames"], row["width"], row["height"]) == (
        "wlasl-complete/videos/00003.avi",
        12,
        96,
        64,
    )
    assert row["fps"] == pytest.approx(30.0)
    assert "apple: 1" in paths.INGESTED_READABLE.read_text()


def test_equal_archives_give_equal_manifests(repository: Path) -> None:
    two_zips(repository)
    run()
    first = paths.MANIFEST.read_bytes()
    run()
    assert paths.MANIFEST.read_bytes() == first


def test_an_unpacked_folder_is_read_as_a_zip_is(repository: Path) -> None:
    folder = repository / "unpacked"
    (folder / "videos").mkdir(parents=True)
    (folder / "WLASL_v0.3.json").write_bytes(make_index([("00001", "book", "train"), ("00002", "book", "val")]))
    (folder / "videos/00001.mov").write_bytes(make_video(1, suffix=".mov"))
    (folder / "videos/00002.mp4").symlink_to(os.devnull)
    write_archives(repository, (folder, "folder"))
    report, manifest = run(max_broken_share=1.0)
    assert manifest["member"].tolist() == ["videos/00001.mov"]
    assert report["broken"] == 1


def test_identical_clips_are_resolved_by_the_rule(repository: Path) -> None:
    entries = [
        ("00001", "book", "train"),  # the same bytes as 00002, under another gloss: neither is right for sure
        ("00002", "apple", "train"),
        ("00003", "apple", "train"),  # the same bytes as 00004 in test, which stays
        ("00004", "apple", "test"),
        ("00005", "go", "val"),  # twice in one split: the lower id stays
        ("00006", "go", "val"),
        ("00007", "go", "train"),
    ]
    seeds = {"00001": 1, "00002": 1, "00003": 3, "00004": 3, "00005": 5, "00006": 5, "00007": 7}
    members = {f"videos/{name}.mp4": make_video(seed) for name, seed in seeds.items()}
    archive = write_zip(repository / "a.zip", {"WLASL_v0.3.json": make_index(entries), **members})
    write_archives(repository, (archive, "zip"))
    report, manifest = run()
    assert manifest["video_id"].tolist() == ["00004", "00005", "00007"]
    before, after = report["duplicates"]["before"], report["duplicates"]["after"]
    assert before == {"groups": 3, "clips": 6, "conflicting_gloss_groups": 1, "across_splits_groups": 1}
    assert set(after.values()) == {0}
    assert "00001 (book, train), 00002 (apple, train)" in paths.INGESTED_READABLE.read_text()
    report, manifest = run(resolve_duplicates=False)
    assert len(manifest) == 7
    assert report["duplicates"]["after"] == before


def test_synonyms_share_a_recording_within_one_split(repository: Path) -> None:
    entries = [
        ("00001", "mother", "train"),  # the same bytes under two glosses: both stay
        ("00002", "mom", "train"),
        ("00003", "mom", "train"),  # … and the second of one gloss does not
        ("00004", "past", "train"),  # the same bytes in val under another gloss: val stays alone
        ("00005", "before", "val"),
        ("00006", "past", "val"),
    ]
    seeds = {"00001": 1, "00002": 1, "00003": 1, "00004": 4, "00005": 4, "00006": 4}
    members = {f"videos/{name}.mp4": make_video(seed) for name, seed in seeds.items()}
    archive = write_zip(repository / "a.zip", {"WLASL_v0.3.json": make_index(entries), **members})
    write_archives(repository, (archive, "zip"))
    report, manifest = run(synonyms=True)
    assert manifest["video_id"].tolist() == ["00001", "00002", "00006", "00005"]  # in the order of the glosses
    assert report["duplicates"]["after"]["across_splits_groups"] == 0
    text = paths.INGESTED_READABLE.read_text()
    assert "synonyms in one split, 00001 and 00002 stay" in text
    assert "synonyms in several splits, 00005 and 00006 stay" in text


def test_a_broken_copy_is_replaced_from_the_second(repository: Path) -> None:
    listed = make_index([("00001", "book", "train"), ("00002", "book", "train")])
    first = {"WLASL_v0.3.json": listed, "videos/00001.mp4": b"junk", "videos/00002.mp4": make_video(2)}
    write_archives(
        repository,
        (write_zip(repository / "a.zip", first), "zip"),
        (write_zip(repository / "b.zip", {"videos/00001.mp4": make_video(1)}), "zip"),
    )
    report, manifest = run(max_broken_share=0.5)
    assert len(manifest) == 2
    assert (report["found_in_first"], report["added_from_later"], report["broken"]) == (1, 1, 1)
    assert "videos/00001.mp4: not a video" in paths.INGESTED_READABLE.read_text()


def test_too_much_broken_stops_with_the_report_written(repository: Path) -> None:
    listed = make_index([(f"{n:05d}", "book", "train") for n in range(4)])
    members = {f"videos/{n:05d}.mp4": make_video(n) if n else b"" for n in range(4)}
    write_archives(repository, (write_zip(repository / "a.zip", {"WLASL_v0.3.json": listed, **members}), "zip"))
    with pytest.raises(StageError, match=r"25.0% of the videos are broken.*max_broken_share"):
        run(max_broken_share=0.2)
    assert not paths.MANIFEST.exists()
    assert "00000.mp4: the file is empty" in paths.INGESTED_READABLE.read_text()


LISTED = [("00001", "book", "train"), ("00002", "book", "val")]


def test_folders_between_backslashes_are_read(repository: Path) -> None:
    members = {"wlasl\\WLASL_v0.3.json": make_index(LISTED), "wlasl\\videos\\": b""}
    members |= {f"wlasl\\videos\\{video_id}.mp4": make_video(int(video_id)) for video_id, *_ in LISTED}
    write_archives(repository, (write_zip(repository / "a.zip", members), "zip"))
    report, manifest = run()
    assert (report["clips"], report["broken"], report["bad_entries"]) == (2, 0, 0)
    assert manifest["member"].tolist() == ["wlasl\\videos\\00001.mp4", "wlasl\\videos\\00002.mp4"]


def test_a_video_of_an_unknown_kind_is_named_where_no_other_is_found(repository: Path) -> None:
    listed = [*LISTED, ("00003", "book", "train"), ("00004", "book", "train")]
    members = {
        "WLASL_v0.3.json": make_index(listed),
        "readme.txt": b"",
        "videos/00001.mp4": make_video(1),
        "videos/00001.jpg": b"a picture of it",
        "videos/00002.rm": b"RealMedia",
        "videos/00003.mp4.part": make_video(3)[:500],
        "videos/00004": make_video(4),
    }
    write_archives(repository, (write_zip(repository / "a.zip", members), "zip"))
    report, _ = run()
    assert (report["clips"], report["missing"], report["bad_entries"]) == (1, 3, 3)
    text = paths.INGESTED_READABLE.read_text()
    for name, suffix in (("00002.rm", ".rm"), ("00003.mp4.part", ".part"), ("00004", "no suffix")):
        assert f"a.zip: videos/{name} is passed over: {suffix} is not a video's; known are .mp4, .avi" in text
    assert "00001.jpg" not in text
    assert "readme" not in text


@pytest.mark.parametrize("kind", ["zip", "folder"])
def test_an_archive_in_an_archive_is_named(repository: Path, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    inner = write_zip(repository / "inner.zip", {"WLASL_v0.3.json": make_index(LISTED), "1.mp4": b""}).read_bytes()
    folder = repository / "outer"
    folder.mkdir()
    (folder / "inner.zip").write_bytes(inner)
    outer = write_zip(repository / "outer.zip", {"inner.zip": inner}) if kind == "zip" else folder
    write_archives(repository, (outer, kind))
    said = f"{outer.name} holds an archive, inner.zip, of which nothing is read: unpack all into a folder outer"
    with pytest.raises(StageError, match=said):
        run()
    whole = {"WLASL_v0.3.json": make_index(LISTED), "00001.mp4": make_video(1), "00002.mp4": make_video(2)}
    write_archives(repository, (write_zip(repository / "a.zip", whole), "zip"), (outer, kind))
    report, _ = run()
    assert report["clips"] == 2
    assert said in paths.INGESTED_READABLE.read_text()
    assert said in caplog.text


def test_the_real_zips(repository: Path, wlasl_dir: Path) -> None:
    zips = [(wlasl_dir / name, "zip") for name in ("wlasl-processed.zip", "wlasl2000-resized.zip")]
    write_archives(repository, *zips)
    report, manifest = run()
    counts = [report[key] for key in ("found_in_first", "added_from_later", "missing", "broken")]
    assert counts == [306, 102, 1630, 0]
    assert report["clips_before"] == 408
    assert report["duplicates"]["before"]["conflicting_gloss_groups"] == 3
    assert report["duplicates"]["before"]["across_splits_groups"] == 2
    assert report["duplicates"]["after"]["groups"] == 0
    assert len(manifest) == report["clips"] == 399
    assert manifest["label"].is_monotonic_increasing
    assert manifest["fps"].between(20, 31).all()
    assert not manifest.isna().any().any()
