"""The model at work in one process: a small pool of threads, and the change of versions.

A version takes over only after it was loaded and has given the outputs that were recorded when it was exported.
Requests under way finish with the version they began with, so none fails while a new one takes over.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bentos import loading
from bentos.errors import NoModelError, RefusedError
from bentos.versions import Source, SourceError, Version, described

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(eq=False)
class Loaded:
    """A version that may serve."""

    version: Version
    metadata: dict[str, Any]
    golden_clips: int
    model: loading.Model
    folder: Path

    @property
    def labels(self) -> list[str]:
        """The glosses, in the order of the model's outputs."""
        return self.metadata["labels"]

    @cached_property
    def known(self) -> frozenset[str]:
        """The glosses, for look-up."""
        return frozenset(self.labels)

    @staticmethod
    def probe() -> np.ndarray:
        """A short clip for health checks."""
        return loading.made_up_clip()

    def predict(self, landmarks: np.ndarray, fps: float | None, aspect: float | None) -> np.ndarray:
        """(frames, 180, 3) landmarks to (labels,) probabilities; threads may call it at the same time.

        Raises:
            RefusedError: the landmarks give no probabilities.
        """
        try:
            probabilities = np.asarray(self.model.predict(landmarks, fps=fps, aspect=aspect), np.float32)
        except ValueError as error:
            raise RefusedError(422, f"the model cannot use this clip: {error}") from error
        except RuntimeError as error:
            log.warning("the model gave no probabilities: %s", error)
            raise RefusedError(
                422, "these landmarks give no probabilities: are they fractions of the picture?"
            ) from error
        if not np.isfinite(probabilities).all():
            raise RefusedError(422, "these landmarks give no probabilities: are they fractions of the picture?")
        return probabilities

    def best(self, probabilities: np.ndarray, top_n: int) -> list[dict[str, Any]]:
        """The `top_n` likeliest glosses with their scores, best first."""
        top_n = min(top_n, len(probabilities))
        order = np.argsort(-probabilities, kind="stable")[:top_n]
        return [{"gloss": self.labels[i], "score": float(probabilities[i])} for i in order]


class Recogniser:
    """Loads, checks and swaps versions, and runs the model off the event loop.

    Args:
        source: gives versions.
        threads: worker threads; the model keeps an interpreter for each that is at work.
        max_waiting: jobs that may wait for a thread.
    """

    def __init__(self, source: Source, threads: int = 1, max_waiting: int = 64):
        self.source = source
        self.reason = "starting"
        self.swaps = 0
        self._max_waiting = max_waiting
        self._waiting = 0
        self._loaded: Loaded | None = None
        self._refused: Version | None = None
        self._taken: Version | None = None  # as the source described it
        self._folders: tuple[Path, ...] = ()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="recogniser")

    @property
    def loaded(self) -> Loaded:
        """The version that serves; raises NoModelError when there is none."""
        if self._loaded is None:
            raise NoModelError(self.reason)
        return self._loaded

    @property
    def ready(self) -> bool:
        """Whether a version serves."""
        return self._loaded is not None

    @property
    def crowded(self) -> bool:
        """Whether jobs wait, so that what can wait should."""
        return self._waiting >= 3

    def refresh(self) -> bool:
        """Look for another version and take it up; blocking. Whatever fails, what serves goes on serving.

        Returns:
            Whether another version serves now.
        """
        with self._lock:
            try:
                version = self.source.current()
                if version in (self._refused, self._taken):
                    self.reason = ""
                    return False
                self._loaded, self._taken = self._take_up(version), version
            except SourceError as error:
                return self._failed(str(error))
            except loading.ModelError as error:
                self._refused = version  # checked and found wanting: not tried again until the registry names another
                return self._failed(f"version {version.version} of {version.name} was refused: {error}")
        self.swaps += 1
        self.reason, self._refused = "", None
        log.info("serving %s version %s", version.name, version.version, extra={"model": version.labels()})
        return True

    def _take_up(self, version: Version) -> Loaded:
        folder = self.source.fetch(version)
        try:
            metadata = loading.read_metadata(folder)
            model = loading.load(folder)
            clips = loading.check(model, folder, len(metadata["labels"]))
            loaded = Loaded(described(version, metadata), metadata, clips, model, folder)
        except BaseException:
            self._forget(self._folders)
            raise
        # the version before stays on disk too: requests under way may still open its files
        self._folders = (*self._folders[-1:], folder)
        self._forget(self._folders)
        return loaded

    def _forget(self, keep: tuple[Path, ...]) -> None:
        self.source.forget(keep)

    def _failed(self, reason: str) -> bool:
        if reason != self.reason:
            log.warning("%s", reason)
        self.reason = reason
        return False

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job on a worker thread.

        Raises:
            RefusedError: too many jobs are waiting.
        """
        if self._waiting >= self._max_waiting:
            raise RefusedError(503, "the server is busy; try again in a second", retry_after=1)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, job)
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Let what is under way finish and remove what was downloaded."""
        self._pool.shutdown(wait=True)
        self._forget(())
