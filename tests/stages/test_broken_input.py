"""Thirty ways in which archives and videos break: none crashes or hangs a stage, each is named in a report."""

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from stages import paths
from stages.corpus.archives import ArchiveError
from stages.ingest import Params, ingest
from stages.landmarks import Params as LandmarksParams
from stages.landmarks import run as landmarks
from stages.start import StageError
from tests.stages.media import make_index, make_video, write_archives, write_zip

GOOD = make_video(1)
WEBM = make_video(2, frames=60, suffix=".webm")
AVI = make_video(3, frames=60, suffix=".avi")


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def picture(suffix: str) -> bytes:
    return cv2.imencode(suffix, np.zeros((64, 64, 3), np.uint8))[1].tobytes()


BROKEN_VIDEOS = {
    "empty": b"",
    "one byte": b"\0",
    "zeros": bytes(5000),
    "text": b"404 Not Found\n" * 50,
    "web page": b"<!DOCTYPE html><html><body>Sign in to download</body></html>",
    "noise": np.random.default_rng(0).bytes(20_000),
    "png picture": picture(".png"),
    "jpeg picture": picture(".jpg"),
    "playlist": b"#EXTM3U\n#EXTINF:10,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n",
    "list of files": b"ffconcat version 1.0\nfile /etc/hostname\n",
    "zip": zlib.compress(b"x" * 99),
    "mp4 without its end": GOOD[: len(GOOD) // 2],
    "mp4 header only": GOOD[:32],
    "mp4 without its beginning": GOOD[200:],
    "mp4 of zeros": GOOD[:40] + bytes(len(GOOD) - 40),
    "webm header only": WEBM[:60],
    "avi header only": AVI[:80],
    "single frame": make_video(1, frames=1),
}


@pytest.mark.parametrize("kind", BROKEN_VIDEOS)
def test_a_broken_video_is_named_and_the_rest_goes_on(repository: Path, kind: str) -> None:
    members = {
        "WLASL_v0.3.json": make_index([("00001", "book", "train"), ("00002", "book", "train")]),
        "videos/00001.mp4": GOOD,
        "videos/00002.mp4": BROKEN_VIDEOS[kind],
    }
    write_archives(repository, (write_zip(repository / "a.zip", members), "zip"))
    report = run_ingest()
    assert (report["found_in_first"], report["broken"], report["missing"]) == (1, 1, 1)
    assert "a.zip: videos/00002.mp4: " in paths.INGESTED_READABLE.read_text()


@pytest.mark.timeout(200)
def test_videos_that_break_only_when_decoded_are_named_by_landmarks(repository: Path) -> None:
    flipped = bytearray(make_video(5, frames=60))
    flipped[200:-1500:7] = bytes(len(flipped[200:-1500:7]))
    clips = {"00001": GOOD, "00002": AVI[: len(AVI) // 2], "00003": WEBM[: len(WEBM) // 2], "00004": bytes(flipped)}
    entries = [(name, "book", "train") for name in clips]
    members = {f"videos/{name}.mp4": data for name, data in clips.items()}
    archive = write_zip(repository / "a.zip", {"WLASL_v0.3.json": make_index(entries), **members})
    write_archives(repository, (archive, "zip"))
    run_ingest()
    with pytest.raises(StageError, match="max_failed_share"):
        landmarks(LandmarksParams(workers=1))
    report = json.loads(paths.EXTRACTED.read_text())
    unusable = set(report["failures"]) | {n for n in clips if n in paths.INGESTED_READABLE.read_text()}
    assert {"00002", "00003"} <= unusable
    assert "00001" not in unusable


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
    report = run_ingest(max_clip_mb=2)
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
        run_ingest()
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
        run_ingest()


def test_archives_without_a_list_or_without_clips_stop(repository: Path) -> None:
    write_archives(repository, (write_zip(repository / "a.zip", {"videos/00001.mp4": GOOD}), "zip"))
    with pytest.raises(StageError, match=r"No archive holds the list of a data set .*WLASL_v\*\.json \(WLASL\)"):
        run_ingest()
    listed = {"WLASL_v0.3.json": make_index([("00001", "book", "train")])}
    write_archives(repository, (write_zip(repository / "b.zip", listed), "zip"))
    with pytest.raises(StageError, match="None of the 1 listed videos"):
        run_ingest()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"archives": [{"name": 1}]}', '{"archives": []}', '{"archives": 5}'])
def test_a_broken_list_of_archives_says_what_to_do(repository: Path, text: str) -> None:
    (repository / "data/raw").mkdir(parents=True)
    (repository / "data/raw/archives.json").write_text(text)
    with pytest.raises(ArchiveError, match=r"dvc repro|params\.yaml"):
        run_ingest()


def run_ingest(max_clip_mb: int = 256) -> dict:
    ingest(Params(max_broken_share=1.0, max_clip_mb=max_clip_mb))
    return json.loads(paths.INGESTED.read_text())
