"""Small videos, zips and manifests for the tests of ingest and landmarks."""

import hashlib
import json
import tempfile
import zipfile
from pathlib import Path

import cv2
import numpy as np

CODECS = {".mp4": "mp4v", ".avi": "MJPG", ".mov": "mp4v", ".webm": "VP80"}


def make_video(seed: int = 0, frames: int = 12, suffix: str = ".mp4", fps: float = 25.0, size=(96, 64)) -> bytes:
    """A video file of a moving square, whose place depends on the seed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"clip{suffix}"
        writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*CODECS[suffix]), fps, size)
        for index in range(frames):
            picture = np.full((size[1], size[0], 3), 40, np.uint8)
            x = (7 * seed + 3 * index) % (size[0] - 20)
            cv2.rectangle(picture, (x, 10 + seed % 30), (x + 18, 30 + seed % 30), (200, 160, 90 + seed % 100), -1)
            writer.write(picture)
        writer.release()
        return path.read_bytes()


def make_index(entries: list[tuple[str, str, str]]) -> bytes:
    """WLASL's list from (video_id, gloss, split), glosses in the order in which they first appear."""
    glosses: dict[str, list] = {}
    for video_id, gloss, split in entries:
        instance = {"video_id": video_id, "split": split, "signer_id": int(video_id) % 7, "source": "aslbrick"}
        glosses.setdefault(gloss, []).append(instance | {"frame_start": 3, "frame_end": 6, "fps": 25})
    return json.dumps([{"gloss": gloss, "instances": found} for gloss, found in glosses.items()]).encode()


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    """A zip of these members."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def write_archives(folder: Path, *archives: tuple[Path, str]) -> None:
    """data/raw/archives.json, as `fetch` writes it."""
    entries = [
        {"path": str(path), "kind": kind, "size": 0, "sha256": hashlib.sha256(str(path).encode()).hexdigest()}
        for path, kind in archives
    ]
    (folder / "data/raw").mkdir(parents=True, exist_ok=True)
    document = {"source": "wlasl", "archives": entries}
    (folder / "data/raw/archives.json").write_text(json.dumps(document), encoding="utf-8")
