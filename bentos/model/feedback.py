"""What the service remembers of the signs it was asked about, where an operator wants that: off by default.

A folder that all processes share: `events.jsonl` holds a line of JSON for each sign or correction, numbers from which
nobody can be recognised, with the hour, and neither address nor session; `landmarks/` holds the landmarks of signs that
a person corrected, a `.npz` in the format of imported landmarks each, and only where that person has agreed. Both are
bounded. One thread writes, so nobody waits for the disk; one that is full, slow or gone never fails a request.
"""

import contextlib
import errno
import fcntl
import json
import logging
import math
import os
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bentos import metrics
from bentos.contract.feedback import EVENTS, LANDMARKS, OLDER
from bentos.contract.summary import measure
from bentos.settings import Settings

MOST_WAITING = 64  # signs and corrections, with their landmarks in memory
WARN_SECONDS = 60.0  # between two warnings that something is lost
_LINE_BYTES = 64 * 1024  # more than any line has
Clip = Callable[[], tuple[np.ndarray, float, float | None]]
"""Gives landmarks (frames, 180, 3) with NaN for what was not seen, frames a second, and width / height of the picture,
if that is known; asked where there is time for it."""
log = logging.getLogger(__name__)


class Feedback:
    """Writes events, one after the other; every method may be called from any thread of any process.

    Args:
        settings: `feedback_dir`, `feedback_landmarks` and `feedback_max_mb`.
    """

    def __init__(self, settings: Settings):
        self.folder: Path | None = settings.feedback_dir
        self._keeps_landmarks = settings.feedback_landmarks
        self._most = int(settings.feedback_max_mb * 2**20)
        self._lost = 0  # since the last warning
        self._warned = -math.inf
        self._waiting = 0
        self._lock = threading.Lock()
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="feedback")

    @property
    def mode(self) -> Literal["off", "summaries", "landmarks"]:
        """What may be kept: nothing, numbers and corrections, or landmarks as well where a person agrees."""
        if self.folder is None:
            return "off"
        return "landmarks" if self._keeps_landmarks else "summaries"

    def sign(
        self,
        kind: Literal["predict", "live"],
        version: str,
        clip: Clip,
        candidates: Sequence[dict[str, Any]],
        known: bool = True,
    ) -> None:
        """Note a sign that was recognised, or was too unsure to be.

        Args:
            kind: the route.
            version: of the model.
            clip: gives the sign's landmarks.
            candidates: {"gloss", "score"}, best first.
            known: False for a sign that was none of the model's, because it was too unsure.
        """
        if self.folder is None:
            return

        def write() -> None:
            landmarks, fps, aspect = clip()
            features = {name: _number(value) for name, value in measure(landmarks, fps).items()}
            self._note(
                {
                    "kind": kind,
                    "model": version,
                    "frames": len(landmarks),
                    "fps": _number(fps),
                    "aspect": None if aspect is None else _number(aspect),
                    "features": features,
                    "gloss": candidates[0]["gloss"],
                    "score": _number(candidates[0]["score"]),
                    "known": known,
                }
            )

        self._later(write)

    def correction(
        self,
        version: str,
        gloss: str,
        instead_of: str | None,
        score: float | None = None,
        clip: Clip | None = None,
    ) -> Future[bool]:
        """Note that a person says what a sign was.

        Args:
            version: of the model.
            gloss: what the person chose.
            instead_of: what the model had said; equal to `gloss` where the person confirms it; None: not known.
            score: how sure the model was.
            clip: gives the sign's landmarks, only where the person agreed that they are kept.

        Returns:
            Whether it is kept, once that is known.
        """
        if self.folder is None:
            return _known(False)

        def write() -> None:
            kept = self._keep(gloss, clip()) if clip is not None and self.mode == "landmarks" else None
            event = {"kind": "correction", "model": version, "gloss": gloss, "instead_of": instead_of}
            self._note(event | {"score": None if score is None else _number(score), "landmarks": kept})

        return self._later(write)

    def close(self) -> None:
        """Write what waits; nothing may come later."""
        self._writer.shutdown(wait=True)

    def _later(self, write: Callable[[], None]) -> Future[bool]:
        """Let the thread that writes do it; whether that worked, once it is known."""
        with self._lock:
            room = self._waiting < MOST_WAITING
            self._waiting += room
        if not room:
            self._warn(f"{MOST_WAITING} signs and corrections wait for the disk")
            return _known(False)
        kept = self._writer.submit(self._tried, write)
        kept.add_done_callback(self._done)  # outside of the lock: one that is done already calls at once
        return kept

    def _done(self, kept: Future[bool]) -> None:
        with self._lock:
            self._waiting -= 1

    def _tried(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except Exception as error:  # a full disk, or whatever else: feedback is not what people come for
            self._warn(f"{type(error).__name__}: {error}")
            return False
        metrics.FEEDBACK.labels("kept").inc()
        return True

    def _warn(self, why: str) -> None:
        """Say that something is lost, and again when it still is a while later."""
        metrics.FEEDBACK.labels("lost").inc()
        self._lost += 1
        if time.monotonic() - self._warned >= WARN_SECONDS:
            log.warning("feedback is lost: %s", why, extra={"lost": self._lost})
            self._warned, self._lost = time.monotonic(), 0

    def _note(self, event: dict[str, Any]) -> None:
        """Append a line; when the file has its half of the room, it takes the place of the older one."""
        hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
        line = json.dumps({"hour": hour, **event}, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        with self._alone() as folder:
            file = folder / EVENTS
            if file.exists() and file.stat().st_size + len(line) > self._most // 2:
                file.replace(folder / OLDER)
            descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _append(descriptor, line)
            finally:
                os.close(descriptor)

    def _keep(self, gloss: str, clip: tuple[np.ndarray, float, float | None]) -> str | None:
        """Write a clip as imported landmarks; returns the file's name, None when there is no room."""
        landmarks, fps, aspect = clip
        name = f"{uuid.uuid4().hex}.npz"
        with self._alone() as folder:
            home = folder / LANDMARKS
            home.mkdir(mode=0o700, exist_ok=True)
            if sum(path.stat().st_size for path in home.iterdir()) + landmarks.size * 2 > self._most:
                self._warn(f"{home} holds all that feedback_max_mb allows")
                return None
            part = home / f".{name}.part"
            try:
                with part.open("wb") as file:
                    np.savez_compressed(
                        file,
                        frames=landmarks.astype(np.float16),
                        offsets=np.array([0, len(landmarks)], np.int64),
                        video_id=np.array([name.removesuffix(".npz")]),
                        gloss=np.array([gloss]),
                        split=np.array(["train"]),
                        fps=np.array([fps], np.float32),
                        aspect=np.array([math.nan if aspect is None else aspect], np.float32),
                    )
                part.replace(home / name)
            finally:
                part.unlink(missing_ok=True)
        return name

    @contextlib.contextmanager
    def _alone(self) -> Iterator[Path]:
        """Be the only process that writes, for as long as the block lasts."""
        folder = self.folder or Path()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder


def _append(descriptor: int, line: bytes) -> None:
    """Write a whole line at the end of a file, behind the last whole line.

    Raises:
        OSError: there is no room for it; nothing of it stays.
    """
    size = os.lseek(descriptor, 0, os.SEEK_END)
    start = max(0, size - _LINE_BYTES)
    tail = os.pread(descriptor, _LINE_BYTES, start)
    if tail and not tail.endswith(b"\n"):  # a process was killed, or the power went, while it wrote
        size = start + tail.rfind(b"\n") + 1
        os.ftruncate(descriptor, size)
    if os.pwrite(descriptor, line, size) != len(line):
        os.ftruncate(descriptor, size)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _known(kept: bool) -> Future[bool]:
    future: Future[bool] = Future()
    future.set_result(kept)
    return future


def _number(value: float) -> float | None:
    """A value with all its digits, so that it falls into the same bin as training's; None for NaN."""
    return float(value) if math.isfinite(value) else None
