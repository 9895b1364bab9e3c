"""Ways in which videos and lists break: none crashes or hangs a stage, each is named in a report."""

import json
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from stages import paths
from stages.landmarks import Params as LandmarksParams
from stages.landmarks import run as landmarks
from stages.start import StageError
from tests.stages.ingesting import run_ingest
from tests.stages.media import make_index, make_video, write_archives, write_zip

GOOD = make_video(1)
WEBM = make_video(2, frames=60, suffix=".webm")
AVI = make_video(3, frames=60, suffix=".avi")


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
    report, _ = run_ingest(max_broken_share=1.0)
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
    run_ingest(max_broken_share=1.0)
    with pytest.raises(StageError, match="max_failed_share"):
        landmarks(LandmarksParams(workers=1))
    report = json.loads(paths.EXTRACTED.read_text())
    unusable = set(report["failures"]) | {n for n in clips if n in paths.INGESTED_READABLE.read_text()}
    assert {"00002", "00003"} <= unusable
    assert "00001" not in unusable


def test_archives_without_a_list_or_without_clips_stop(repository: Path) -> None:
    write_archives(repository, (write_zip(repository / "a.zip", {"videos/00001.mp4": GOOD}), "zip"))
    with pytest.raises(StageError, match=r"No archive holds the list of a data set .*WLASL_v\*\.json \(WLASL\)"):
        run_ingest(max_broken_share=1.0)
    listed = {"WLASL_v0.3.json": make_index([("00001", "book", "train")])}
    write_archives(repository, (write_zip(repository / "b.zip", listed), "zip"))
    with pytest.raises(StageError, match="None of the 1 listed videos"):
        run_ingest(max_broken_share=1.0)
