"""Zips and folders are read member by member; what is broken is named."""

import io
import os
import struct
import zipfile
from pathlib import Path

import pytest

from stages import paths
from stages.corpus.archives import ArchiveError
from stages.start import StageError
from tests.stages.ingesting import run_ingest
from tests.stages.media import make_index, make_video, write_archives, write_zip


def test_an_unpacked_folder_is_read_as_a_zip_is(repository: Path) -> None:
    folder = repository / "unpacked"
    (folder / "videos").mkdir(parents=True)
    (folder / "WLASL_v0.3.json").write_bytes(make_index([("00001", "book", "train"), ("00002", "book", "val")]))
    (folder / "videos/00001.mov").write_bytes(make_video(1, suffix=".mov"))
    (folder / "videos/00002.mp4").symlink_to(os.devnull)
    write_archives(repository, (folder, "folder"))
    report, manifest = run_ingest(max_broken_share=1.0)
    assert manifest["member"].tolist() == ["videos/00001.mov"]
    assert report["broken"] == 1


LISTED = [("00001", "book", "train"), ("00002", "book", "val")]


def test_folders_between_backslashes_are_read(repository: Path) -> None:
    members = {"wlasl\\WLASL_v0.3.json": make_index(LISTED), "wlasl\\videos\\": b""}
    members |= {f"wlasl\\videos\\{video_id}.mp4": make_video(int(video_id)) for video_id, *_ in LISTED}
    write_archives(repository, (write_zip(repository / "a.zip", members), "zip"))
    report, manifest = run_ingest()
    assert (report["clips"], report["broken"], report["bad_entries"]) == (2, 0, 0)
    assert manifest["member"].tolist() == ["wlasl\\videos\\00001.mp4", "wlasl\\videos\\00002.mp4"]


GOOD = make_video(1)


def patched(data: bytes, name: str, offset: int, value: bytes) -> bytes:
    """A zip with bytes changed in a member's central directory entry and, where it has the field, its local header."""
    raw = bytearray(data)
    for signature, base, shift in ((b"PK\x01\x02", 46, 0), (b"PK\x03\x04", 30, -2)):
        position = -1
        while (position := raw.find(signature, position + 1)) >= 0:
            if raw[position + base :].startswith(name.encode()):
                raw[position + offset + shift : position + offset + shift + len(value)] = value
    return bytes(raw)


def a_zip(*extra: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        archive.writestr("WLASL_v0.3.json", make_index([("00001", "book", "train"), ("00002", "book", "train")]))
        archive.writestr("videos/00001.mp4", GOOD)
        for name, data in extra:
            archive.writestr(name, data)
    return stream.getvalue()


def garbled(data: bytes) -> bytes:
    """Zeros over some compressed bytes of the last member."""
    start = data.rfind(b"PK\x03\x04") + 100
    return data[:start] + bytes(30) + data[start + 30 :]


SECOND = a_zip(("videos/00002.mp4", GOOD))
BROKEN_MEMBERS = {
    "encrypted": (patched(SECOND, "videos/00002.mp4", 8, struct.pack("<H", 1)), "it is encrypted"),
    "wrong checksum": (patched(SECOND, "videos/00002.mp4", 16, b"\1\2\3\4"), "it is damaged"),
    "unknown compression": (patched(SECOND, "videos/00002.mp4", 10, struct.pack("<H", 77)), "it is damaged"),
    "cut off": (patched(SECOND, "videos/00002.mp4", 20, struct.pack("<I", 40)), "it is damaged"),
    "garbled": (garbled(SECOND), "it is damaged"),
    "bomb": (a_zip(("videos/00002.mp4", bytes(3 * 2**20))), "more than ingest.max_clip_mb"),
    "climbing path": (a_zip(("../../videos/00002.mp4", GOOD)), "leads out of the archive"),
    "absolute path": (a_zip(("/etc/00002.mp4", GOOD)), "leads out of the archive"),
    "drive": (a_zip(("C:\\videos\\00002.mp4", GOOD)), "leads out of the archive"),
    "climbing with backslashes": (a_zip(("..\\..\\00002.mp4", GOOD)), "leads out of the archive"),
    "other climbing file": (a_zip(("../.bashrc", b"alias")), "leads out of the archive"),
    "twice": (a_zip(("videos/00002.mp4", b""), ("more/00002.mp4", GOOD)), "is a second 00002"),
    "link": (a_zip(("videos/00002.mp4", b"../../etc/passwd")), "not a video"),
    "folder": (a_zip(("videos/00002.mp4/", b"")), "book: 1"),
}


@pytest.mark.parametrize("kind", BROKEN_MEMBERS)
def test_a_broken_member_is_named_and_the_rest_goes_on(repository: Path, kind: str) -> None:
    data, expected = BROKEN_MEMBERS[kind]
    (repository / "a.zip").write_bytes(data)
    write_archives(repository, (repository / "a.zip", "zip"))
    report, _ = run_ingest(max_broken_share=1.0, max_clip_mb=2)
    assert report["found_in_first"] == 1
    assert expected in paths.INGESTED_READABLE.read_text()


BROKEN_ARCHIVES = {
    "not a zip": b"<html>Sign in</html>",
    "empty file": b"",
    "half downloaded": SECOND[: len(SECOND) // 2],
    "directory garbled": SECOND[:-60] + bytes(38) + SECOND[-22:],
}


@pytest.mark.parametrize("kind", BROKEN_ARCHIVES)
def test_an_archive_that_cannot_be_opened_stops_and_is_named(repository: Path, kind: str) -> None:
    (repository / "bad.zip").write_bytes(BROKEN_ARCHIVES[kind])
    write_archives(repository, (write_zip(repository / "a.zip", {"x": b""}), "zip"), (repository / "bad.zip", "zip"))
    with pytest.raises(StageError, match=r"bad\.zip cannot be opened as a zip .* is it a complete download"):
        run_ingest(max_broken_share=1.0)
    assert "bad.zip" in paths.INGESTED_READABLE.read_text()
    assert not paths.MANIFEST.exists()


@pytest.mark.parametrize(
    ("path", "kind", "message"),
    [
        ("none.zip", "zip", "none.zip does not exist"),
        ("none", "folder", "is not a folder"),
        ("a.rar", "rar", "kind 'rar'"),
    ],
)
def test_a_missing_or_unknown_archive_stops(repository: Path, path: str, kind: str, message: str) -> None:
    write_archives(repository, (repository / path, kind))
    with pytest.raises(StageError, match=message):
        run_ingest(max_broken_share=1.0)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"archives": [{"name": 1}]}', '{"archives": []}', '{"archives": 5}'])
def test_a_broken_list_of_archives_says_what_to_do(repository: Path, text: str) -> None:
    (repository / "data/raw").mkdir(parents=True)
    (repository / "data/raw/archives.json").write_text(text)
    with pytest.raises(ArchiveError, match=r"dvc repro|params\.yaml"):
        run_ingest(max_broken_share=1.0)
