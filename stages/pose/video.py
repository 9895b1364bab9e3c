"""Decodes a video held in memory: nothing is unpacked to disk. MP4, AVI, MOV, WebM, WMV: whatever FFmpeg reads."""

import io
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from stages.pose.container import is_cut_off, is_mirrored, is_video
from stages.pose.excerpt import Excerpt, Footage
from stages.start import StageError

SUFFIXES = (
    *(".mp4", ".avi", ".mov", ".webm", ".mkv", ".m4v", ".3gp", ".3g2", ".qt", ".flv", ".f4v", ".swf", ".wmv", ".asf"),
    *(".mpg", ".mpeg", ".mpe", ".m2v", ".vob", ".ts", ".mts", ".m2ts", ".ogv", ".ogg", ".divx"),
)
PLAUSIBLE_FPS = (5.0, 120.0)
FALLBACK_FPS = 25.0  # of WLASL
MAX_FRAMES = 1_000_000
EVEN = 0.1  # frames; how far the times of an even rate may stray: containers round them to milliseconds
AGREEMENT = 0.01  # between the rate of the header and that of the frames
CODECS = {"av01": "AV1", "vvc1": "VVC (H.266)", "vvi1": "VVC (H.266)", "evc1": "EVC", "encv": "encrypted (DRM)"}
UNDECODED = ("av01",)  # OpenCV opens it, but has only the decoder that needs a graphics card


class VideoError(StageError, ValueError):
    """A video that cannot be decoded; the message says why."""


@dataclass(frozen=True)
class VideoInfo:
    """What is known of a video before all of it is decoded.

    Attributes:
        fps: frames a second, on average.
        frames: how many there are, or would be if the file were not cut off; what decodes may be one or two fewer.
        width, height: pixels of the upright picture.
        turned: how the stored picture is turned to stand upright: "", or "90", "180", "270" (degrees clockwise) with or
            without " mirrored", or "mirrored".
        times: seconds of each frame from the first on, where they are not evenly spaced, else empty.
    """

    fps: float
    frames: int
    width: int
    height: int
    turned: str = ""
    times: tuple[float, ...] = ()


class Video:
    """A video opened from its bytes, decoded on the caller's thread; a context manager.

    Args:
        data: the video file.
        packets: do not decode; `times` then goes through the packets, which costs next to nothing.

    Attributes:
        turned: how `read` turns its pictures, see VideoInfo.

    Raises:
        VideoError: the bytes are no video that FFmpeg knows.
    """

    def __init__(self, data: bytes, packets: bool = False) -> None:
        check_container(data)
        os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # a broken clip is reported once, by us
        cv2.setLogLevel(0)
        self._stream = io.BytesIO(data)  # OpenCV keeps no reference of its own, and crashes when it is gone
        options = [cv2.CAP_PROP_N_THREADS, 1, *((cv2.CAP_PROP_FORMAT, -1) if packets else ())]
        try:
            self._capture = cv2.VideoCapture(self._stream, cv2.CAP_FFMPEG, options)  # type: ignore[call-overload]
        except cv2.error as error:
            raise VideoError(f"not a video: {error}") from None
        if not self._capture.isOpened():
            raise VideoError("not a video that FFmpeg can open" if packets else why_undecoded(data))
        self._capture.set(cv2.CAP_PROP_ORIENTATION_AUTO, 1)  # has no effect before the file is open
        rotation = int(self._capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 360
        mirrored = is_mirrored(data)
        self._flip = (1 if rotation in (90, 270) else 0) if mirrored else None
        self.turned = " ".join([*([str(rotation)] if rotation else []), *(["mirrored"] if mirrored else [])])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._capture.release()

    def read(self) -> np.ndarray | None:
        """The next frame, upright, (height, width, 3) uint8 BGR, or None at the end."""
        try:
            found, frame = self._capture.read()
        except cv2.error as error:
            raise VideoError(f"decoding failed: {error}") from None
        if not found:
            return None
        return frame if self._flip is None else cv2.flip(frame, self._flip)

    def skip(self, frames: int) -> None:
        """Pass over frames at the cost of decoding them: a jump by time may land on another one."""
        for _ in range(frames):
            self._capture.grab()

    def header(self) -> tuple[float, float]:
        """Frames a second and number of frames as the header claims them; either may be nonsense."""
        return self._capture.get(cv2.CAP_PROP_FPS), self._capture.get(cv2.CAP_PROP_FRAME_COUNT)

    def codec(self) -> str:
        """The codec's four letters, lower case; empty where it has none."""
        letters = int(self._capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=True)
        return letters.decode("ascii", "ignore").strip("\0 ").lower()

    def times(self) -> np.ndarray:
        """Go to the end: (frames,) seconds of each frame on the way, from the first, in the order in which it is shown.

        All are 0 where the container keeps no times.
        """
        times = []
        while self._capture.grab():
            times.append(self._capture.get(cv2.CAP_PROP_POS_MSEC) / 1000.0)
        shown = np.sort(np.array(times, np.float64))
        return shown - shown[:1]


def check_container(data: bytes) -> None:
    """Let through only containers of video by their first bytes.

    FFmpeg would also take playlists, which make it open other files and addresses, and still pictures.
    """
    if not data:
        raise VideoError("the file is empty")
    if not is_video(data):
        raise VideoError("not a video: it is neither MP4, MOV, AVI, WebM, WMV, FLV, SWF, Ogg nor MPEG inside")


def why_undecoded(data: bytes) -> str:
    """Why no frame of a video comes: its codec has no decoder here, or it is damaged."""
    try:
        with Video(data, packets=True) as video:
            codec = video.codec()
            frames = len(video.times())
    except VideoError as error:
        return str(error)
    if not frames:
        return "no frame can be decoded"
    name = CODECS.get(codec, repr(codec) if codec else "unknown")
    return f"its codec, {name}, has no decoder here: convert it, as with `ffmpeg -i IN -c:v libx264 -an OUT.mp4`"


def probe(data: bytes) -> VideoInfo:
    """Read a video's rate, length and size; decodes one frame, or all where frames come at changing intervals.

    Raises:
        VideoError: it cannot be opened, not even its first frame decodes, or there is no second.
    """
    with Video(data) as video:
        frame = _first(video, data)
        rate, promised = video.header()
        turned = video.turned
    with Video(data, packets=True) as video:
        times = video.times()
    if not _even(times):  # there may be packets that show nothing
        with Video(data) as video:
            times = video.times()
    fps, frames = _length(data, times, rate, promised)
    if frames < 2:
        raise VideoError("it holds a single picture")
    uneven = _rising(times) and not _even(times)
    return VideoInfo(fps, frames, frame.shape[1], frame.shape[0], turned, tuple(times.tolist()) if uneven else ())


def decode(clip: Footage, max_side: int = 0) -> Iterator[np.ndarray]:
    """Yield the frames of a video, or of its part that is the clip.

    Args:
        clip: the video file, or its part.
        max_side: pictures larger than this are shrunk to it (pixels of the longer side); 0 leaves them as they are.

    Yields:
        (height, width, 3) uint8, RGB, upright, read-only.

    Raises:
        VideoError: nothing can be decoded.
    """
    data, first, stop = (clip.data, clip.first, clip.stop) if isinstance(clip, Excerpt) else (clip, 0, None)
    with Video(data) as video:
        video.skip(first)
        frame: np.ndarray | None = _first(video, data)
        while frame is not None:
            yield _rgb(frame, max_side)
            first += 1
            frame = video.read() if first != stop else None


def _first(video: Video, data: bytes) -> np.ndarray:
    frame = video.read()
    if frame is None:
        damaged = video.codec() not in UNDECODED
        raise VideoError("no frame can be decoded: the file is damaged" if damaged else why_undecoded(data))
    return frame


def _length(data: bytes, times: np.ndarray, rate: float, promised: float) -> tuple[float, int]:
    """Frames a second and number of frames, from the frames' own times and from what the header says.

    The header counts in MP4 and AVI; in others it multiplies length and rate, which is wrong at changing intervals. It
    is still what tells that a file is cut off.
    """
    frames, told = len(times), _plausible(rate) and 1 < promised < MAX_FRAMES
    if not _rising(times):
        return (rate if _plausible(rate) else FALLBACK_FPS), int(max(frames, promised)) if told else frames
    span = times[-1]
    fps = (frames - 1) / span
    if _even(times):
        agrees = _plausible(rate) and abs(rate / fps - 1) < AGREEMENT
        fps = rate if agrees else fps if _plausible(fps) else FALLBACK_FPS
    if told and is_cut_off(data):
        frames = max(frames, round(promised))
    return float(fps), frames


def _rising(times: np.ndarray) -> bool:
    return len(times) > 1 and bool((np.diff(times) > 0).all())


def _even(times: np.ndarray) -> bool:
    """Whether frames come at one interval."""
    if not _rising(times):
        return False
    interval = times[-1] / (len(times) - 1)
    return bool(np.abs(times - interval * np.arange(len(times))).max() <= EVEN * interval)


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
