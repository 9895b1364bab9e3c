"""ingest finds, counts and reports every clip, and goes on past what is broken."""

from pathlib import Path

import pytest

from stages import paths
from stages.start import StageError
from tests.stages.ingesting import run_ingest
from tests.stages.media import make_index, make_video, write_archives, write_zip


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
    report, manifest = run_ingest()
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
    run_ingest()
    first = paths.MANIFEST.read_bytes()
    run_ingest()
    assert paths.MANIFEST.read_bytes() == first


def test_too_much_broken_stops_with_the_report_written(repository: Path) -> None:
    listed = make_index([(f"{n:05d}", "book", "train") for n in range(4)])
    members = {f"videos/{n:05d}.mp4": make_video(n) if n else b"" for n in range(4)}
    write_archives(repository, (write_zip(repository / "a.zip", {"WLASL_v0.3.json": listed, **members}), "zip"))
    with pytest.raises(StageError, match=r"25.0% of the videos are broken.*max_broken_share"):
        run_ingest(max_broken_share=0.2)
    assert not paths.MANIFEST.exists()
    assert "00000.mp4: the file is empty" in paths.INGESTED_READABLE.read_text()


def test_the_real_zips(repository: Path, wlasl_dir: Path) -> None:
    zips = [(wlasl_dir / name, "zip") for name in ("wlasl-processed.zip", "wlasl2000-resized.zip")]
    write_archives(repository, *zips)
    report, manifest = run_ingest()
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
