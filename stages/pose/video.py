"""Decodes a video held in memory: nothing is unpacked to disk. MP4, AVI, MOV, WebM: whatever FFmpeg reads."""

import io
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

SUFFIXES = (".mp4", ".avi", ".mov", ".webm", ".mkv", ".m4v")
PLAUSIBLE_FPS = (5.0, 120.0)
FALLBACK_FPS = 25.0  # of WLASL
MAX_FRAMES = 1_000_000


class VideoError(ValueError):
    """A video that cannot be decoded; the message says why."""


@dataclass(frozen=True)
class VideoInfo:
    """What a video's header and its first frame say.

    Attributes:
        fps: frames a second.
        frames: how many, by the header; what decodes may be one or two fewer.
        width, height: pixels of the decoded (upright) picture.
    """

    fps: float
    frames: int
    width: int
    height: int


class Video:
    """A video opened from its bytes, decoded on the caller's thread; a context manager.

    Raises:
        VideoError: the bytes are no video that FFmpeg knows.
    """

    def __init__(self, data: bytes) -> None:
        check_container(data)
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # a broken clip is reported once, by us
        self._stream = io.BytesIO(data)  # OpenCV keeps no reference of its own, and crashes when it is gone
        try:
            options = [cv2.CAP_PROP_N_THREADS, 1]
            self._capture = cv2.VideoCapture(self._stream, cv2.CAP_FFMPEG, options)  # type: ignore[call-overload]
        except cv2.error as error:
            raise VideoError(f"not a video: {error}") from None
        if not self._capture.isOpened():
            raise VideoError("not a video that FFmpeg can open")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def read(self) -> np.ndarray | None:
        """The next frame, (height, width, 3) uint8 BGR, or None at the end."""
        try:
            found, frame = self._capture.read()
        except cv2.error as error:
            raise VideoError(f"decoding failed: {error}") from None
        return frame if found else None

    def header(self) -> tuple[float, float]:
        """Frames a second and number of frames as the header claims them; either may be nonsense."""
        return self._capture.get(cv2.CAP_PROP_FPS), self._capture.get(cv2.CAP_PROP_FRAME_COUNT)

    def measure(self) -> tuple[float, int]:
        """Rate and length by decoding to the end, after one frame was read: some headers give neither."""
        frames, last_ms = 1, 0.0
        while self._capture.grab():
            frames += 1
            last_ms = self._capture.get(cv2.CAP_PROP_POS_MSEC)
        fps = (frames - 1) / last_ms * 1000.0 if last_ms > 0 else FALLBACK_FPS
        return (fps if _plausible(fps) else FALLBACK_FPS), frames


def check_container(data: bytes) -> None:
    """Let through only MP4/MOV, AVI and WebM/Matroska by their first bytes.

    FFmpeg would also take playlists, which make it open other files and addresses, and still pictures.
    """
    if not data:
        raise VideoError("the file is empty")
    iso = data[4:8] in (b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot")
    avi = data[:4] == b"RIFF" and data[8:12] == b"AVI "
    if not (iso or avi or data[:4] == b"\x1a\x45\xdf\xa3"):
        raise VideoError("not a video: it is neither MP4, MOV, AVI nor WebM inside")


def probe(data: bytes) -> VideoInfo:
    """Read a video's rate, length and size; decodes one frame, or all where the header does not say.

    Raises:
        VideoError: it cannot be opened, not even its first frame decodes, or there is no second.
    """
    with Video(data) as video:
        frame = video.read()
        if frame is None:
            raise VideoError("no frame can be decoded")
        fps, frames = video.header()
        if not _plausible(fps) or not 1 < frames < MAX_FRAMES:
            fps, frames = video.measure()
        if frames < 2:
            raise VideoError("it holds a single picture")
        return VideoInfo(float(fps), int(frames), frame.shape[1], frame.shape[0])


def decode(data: bytes, max_side: int = 0) -> Iterator[np.ndarray]:
    """Yield the frames of a video.

    Args:
        data: the video file.
        max_side: pictures larger than this are shrunk to it (pixels of the longer side); 0 leaves them as they are.

    Yields:
        (height, width, 3) uint8, RGB, read-only.

    Raises:
        VideoError: nothing can be decoded.
    """
    with Video(data) as video:
        frames = 0
        while (frame := video.read()) is not None:
            frames += 1
            yield _rgb(frame, max_side)
        if not frames:
            raise VideoError("no frame can be decoded")


def _rgb(frame: np.ndarray, max_side: int) -> np.ndarray:
    height, width = frame.shape[:2]
    scale = max_side / max(height, width) if max_side else 1.0
    if scale < 1.0:
        frame = cv2.resize(frame, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    rgb = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB)
    rgb.flags.writeable = False  # lets MediaPipe take it without a copy
    return rgb


def _plausible(fps: float) -> bool:
    return math.isfinite(fps) and PLAUSIBLE_FPS[0] <= fps <= PLAUSIBLE_FPS[1]
