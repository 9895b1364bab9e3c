"""Which archive each listed clip is taken from, and what is said of those that are in none."""

from pathlib import Path

import pytest

from stages import paths
from stages.start import StageError
from tests.stages.ingesting import run_ingest
from tests.stages.media import make_index, make_video, write_archives, write_zip


def test_a_broken_copy_is_replaced_from_the_second(repository: Path) -> None:
    listed = make_index([("00001", "book", "train"), ("00002", "book", "train")])
    first = {"WLASL_v0.3.json": listed, "videos/00001.mp4": b"junk", "videos/00002.mp4": make_video(2)}
    write_archives(
        repository,
        (write_zip(repository / "a.zip", first), "zip"),
        (write_zip(repository / "b.zip", {"videos/00001.mp4": make_video(1)}), "zip"),
    )
    report, manifest = run_ingest(max_broken_share=0.5)
    assert len(manifest) == 2
    assert (report["found_in_first"], report["added_from_later"], report["broken"]) == (1, 1, 1)
    assert "videos/00001.mp4: not a video" in paths.INGESTED_READABLE.read_text()


LISTED = [("00001", "book", "train"), ("00002", "book", "val")]


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
    report, _ = run_ingest()
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
        run_ingest()
    whole = {"WLASL_v0.3.json": make_index(LISTED), "00001.mp4": make_video(1), "00002.mp4": make_video(2)}
    write_archives(repository, (write_zip(repository / "a.zip", whole), "zip"), (outer, kind))
    report, _ = run_ingest()
    assert report["clips"] == 2
    assert said in paths.INGESTED_READABLE.read_text()
    assert said in caplog.text
