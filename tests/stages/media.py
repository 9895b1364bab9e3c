"""Small videos, zips and manifests for the tests of ingest and landmarks."""

import hashlib
import json
import struct
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

CODECS = {
    **{".mp4": "mp4v", ".avi": "MJPG", ".mov": "mp4v", ".webm": "VP80", ".mkv": "VP80", ".3gp": "mp4v", ".flv": "FLV1"},
    **{".swf": "FLV1", ".wmv": "WMV2", ".mpg": "mpg1", ".ts": "mpg2", ".m2ts": "mpg2", ".vob": "mpg2"},
}


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


def turned(mp4: bytes, a: int, b: int, c: int, d: int) -> bytes:
    """An MP4 whose display matrix is another: a pixel (x, y) is shown at (a·x + c·y, b·x + d·y)."""
    data, one = bytearray(mp4), 1 << 16
    matrix = (a * one, b * one, 0, c * one, d * one, 0, 0, 0, 1 << 30)
    struct.pack_into(">9i", data, data.index(b"tkhd") + 4 + 40, *matrix)
    return bytes(data)


def at_times(webm: bytes, fps: float, times: Sequence[int]) -> bytes:
    """A WebM of `make_video` at that rate, in which the frames are shown at these milliseconds; its length stays."""
    data, position = bytearray(webm), 0
    for index, time in enumerate(times):
        position = data.index(b"\x81" + struct.pack(">h", round(index * 1000 / fps)), position) + 1
        struct.pack_into(">h", data, position, time)
    return bytes(data)


def make_index(entries: list[tuple[str, str, str]]) -> bytes:
    """WLASL's list from (video_id, gloss, split), glosses in the order in which they first appear."""
    glosses: dict[str, list] = {}
    for video_id, gloss, split in entries:
        instance = {"video_id": video_id, "split": split, "signer_id": int(video_id) % 7, "source": "aslbrick"}
        glosses.setdefault(gloss, []).append(instance | {"frame_start": 3, "frame_end": 6, "fps": 25})
    return json.dumps([{"gloss": gloss, "instances": found} for gloss, found in glosses.items()]).encode()


def make_asl_citizen(entries: list[tuple[str, str, str, str]]) -> dict[str, bytes]:
    """ASL Citizen's list from (video file, gloss, split, signer), as members of its zip."""
    lines = {split: ["Participant ID,Video file,Gloss,ASL-LEX Code"] for split in ("train", "val", "test")}
    for video, gloss, split, signer in entries:
        lines[split].append(f"{signer},{video},{gloss},A_01_001")
    return {f"ASL_Citizen/splits/{split}.csv": "\r\n".join([*rows, ""]).encode() for split, rows in lines.items()}


def make_ms_asl(entries: list[tuple[str, str, str, float, float]]) -> dict[str, bytes]:
    """MS-ASL's list from (YouTube id, gloss, split, start and end in seconds), as members; glosses count from 0."""
    labels = {gloss: label for label, gloss in enumerate(dict.fromkeys(gloss for _, gloss, *_ in entries))}
    clips: dict[str, list] = {"train": [], "val": [], "test": []}
    for youtube_id, gloss, split, start, end in entries:
        clip = {"org_text": gloss.upper(), "clean_text": gloss, "text": gloss, "label": labels[gloss], "signer_id": 3}
        clip |= {"start_time": start, "end_time": end, "start": round(25 * start), "end": round(25 * end), "fps": 25.0}
        clip |= {"url": f"https://www.youtube.com/watch?v={youtube_id}", "box": [0.0, 0.1, 1.0, 0.9], "signer": 0}
        clips[split].append(clip | {"file": gloss, "width": 96.0, "height": 64.0})
    return {f"MS-ASL/MSASL_{split}.json": json.dumps(found).encode() for split, found in clips.items()}


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


def make_zip(path: Path) -> bytes:
    """A zip of one file that says the zip's name; returns its bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("videos/1.mp4", path.name)
    return path.read_bytes()
