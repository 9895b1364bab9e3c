"""A clip that is only a part of its video."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TAIL = 0.2  # seconds that a part may end after its video: copies of a video differ in their last frames


@dataclass(frozen=True)
class Excerpt:
    """Some frames of a video.

    Attributes:
        data: the whole video file.
        first, stop: the first frame of the part, and the first after it, counted from 0 as they are shown.
    """

    data: bytes
    first: int
    stop: int


Footage = bytes | Excerpt  # what a clip is decoded from: the file that it is, or its part of one


def frames_between(start: float, end: float, fps: float, frames: int, times: Sequence[float] = ()) -> tuple[int, int]:
    """Which frames of a video are shown from `start` to `end`, in seconds.

    Args:
        fps, frames, times: of the video, see `stages.pose.video.VideoInfo`.

    Returns:
        the first of them, and the first after them.

    Raises:
        ValueError: the video ends before, or shows fewer than two.
    """
    shown = np.asarray(times) if len(times) else np.arange(frames) / fps
    length = float(shown[-1]) + 1 / fps
    if end > length + TAIL:
        raise ValueError(f"seconds {start:g} to {end:g} are not in it: it ends after {length:.2f}")
    first, stop = np.searchsorted(shown, np.array([start, end]) - 0.5 / fps).tolist()
    if stop - first < 2:
        raise ValueError(f"seconds {start:g} to {end:g} hold a single picture")
    return first, stop
