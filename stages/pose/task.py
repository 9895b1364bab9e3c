"""What a worker does for one clip. It needs this package and mediapipe, and no file of the client's machine."""

import faulthandler
import functools
import logging
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator

import numpy as np

from stages.pose.excerpt import Footage
from stages.pose.extractor import ExtractorSettings, HolisticExtractor
from stages.pose.video import VideoError, decode

GRACE = 1.25  # a decoder that hangs is given this much more than the limit, then its process is ended


class SettingsError(RuntimeError):
    """A worker's code or packages would give other landmarks than the client's."""


def extract_clip(
    data: Footage, settings: ExtractorSettings, fingerprint: str, timeout_s: float
) -> tuple[np.ndarray | None, str]:
    """Extract one clip on a worker.

    Args:
        data: the video file, or its part that is the clip.
        settings: of the extractor.
        fingerprint: what the client makes of these settings; the worker must agree.
        timeout_s: seconds; a slower clip is given up. Where even that fails, because the decoder hangs, the process
            ends itself and the engine learns of it as of any other lost worker.

    Returns:
        (frames, 180, 3) float16 and "", or None and the reason.

    Raises:
        SettingsError: this worker's extractor is another version.
    """
    if settings.fingerprint != fingerprint:
        raise SettingsError("a worker has another version of islr or mediapipe: install the same, restart the workers")
    _silence_native_log()
    faulthandler.dump_traceback_later(timeout_s * GRACE, exit=True, file=sys.stderr)
    try:
        extractor = _extractor(settings, threading.get_ident())
        frames = _in_time(decode(data, settings.max_side), time.monotonic() + timeout_s, timeout_s)
        return extractor(frames), ""
    except VideoError as error:
        return None, str(error)
    except (RuntimeError, ValueError, TimeoutError) as error:
        _extractor.cache_clear()  # a graph that failed once is not used again
        return None, f"extraction failed: {error}".strip()
    finally:
        faulthandler.cancel_dump_traceback_later()


def extract_here(data: Footage, settings: ExtractorSettings) -> np.ndarray:
    """Extract one clip in this process: (frames, 180, 3) float16; raises VideoError."""
    _silence_native_log()
    extractor = HolisticExtractor(settings)
    try:
        return extractor(decode(data, settings.max_side))
    finally:
        extractor.close()


def _in_time(frames: Iterable[np.ndarray], deadline: float, limit: float) -> Iterator[np.ndarray]:
    for frame in frames:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not done after {limit:.0f} s")
        yield frame


@functools.lru_cache(maxsize=1)
def _extractor(settings: ExtractorSettings, _thread: int) -> HolisticExtractor:
    """One graph a worker: making it takes as long as ten frames."""
    return HolisticExtractor(settings)


@functools.cache
def _silence_native_log() -> None:
    """Send what MediaPipe's C++ writes to standard error (ten lines a clip) nowhere; Python's own output stays."""
    own = os.fdopen(os.dup(2), "w", buffering=1)
    for handler in [h for name in (None, *logging.root.manager.loggerDict) for h in logging.getLogger(name).handlers]:
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr:
            handler.setStream(own)
    sys.stderr = own
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
