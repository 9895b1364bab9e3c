"""The model at work in one process: a small pool of threads, and the change of versions.

A version takes over only after it was loaded and has given the outputs that were recorded when it was exported.
Requests under way finish with the version they began with, so none fails while a new one takes over.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from bentos.contract import loading
from bentos.contract.rejection import FALLBACK, Rejection
from bentos.errors import NoModelError, RefusedError
from bentos.model import choice
from bentos.model.versions import Source, SourceError, Version, described
from bentos.model.vocabulary import listed

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
    chosen: np.ndarray  # places of the glosses that the operator chose, rising

    @property
    def labels(self) -> list[str]:
        """The glosses, in the order of the model's outputs."""
        return self.metadata["labels"]

    @cached_property
    def known(self) -> dict[str, int]:
        """The place of each gloss among the model's outputs."""
        return {label: i for i, label in enumerate(self.labels)}

    @cached_property
    def rejection(self) -> Rejection | None:
        """How it tells signs outside a choice, where it was calibrated for that."""
        return Rejection.of(self.metadata)

    @property
    def threshold(self) -> float:
        """Least score that a sign needs for a word, where nobody sets another."""
        return FALLBACK if self.rejection is None else self.rejection.threshold

    @cached_property
    def vocabulary(self) -> list[dict[str, Any]]:
        """What is known of each gloss, in the order of the labels."""
        return listed(self.folder, self.metadata)

    def among(self, glosses: Sequence[str] | None) -> np.ndarray:
        """The places of the glosses that a client chose, rising; None: the operator's choice.

        Raises:
            RefusedError: there are more than the model has labels, or some that it does not know.
        """
        if glosses is None:
            return self.chosen
        if len(glosses) > len(self.labels):
            right = f"right is at most {len(self.labels)}, the number of labels"
            raise RefusedError(422, f"vocabulary has {len(glosses)} glosses; {right}", "vocabulary")
        try:
            return choice.places(glosses, self.known)
        except choice.UnknownGlossError as error:
            raise RefusedError(422, f"vocabulary: {error}", "vocabulary") from None

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

    def best(self, probabilities: np.ndarray, top_n: int, among: np.ndarray | None = None) -> list[dict[str, Any]]:
        """The likeliest glosses with their scores, best first.

        Args:
            probabilities: (labels,) as `predict` gives them. A score is how likely the sign is one of those chosen
                among, parted as these are; of a version that was never calibrated for that, these themselves.
            top_n: glosses wanted; where there are fewer, all of them come.
            among: (glosses,) places of the candidates, rising; None: the operator's choice.
        """
        among = self.chosen if among is None else among
        if not len(among):
            return []
        scores = probabilities[among] if self.rejection is None else self.rejection.scores(probabilities, among)
        order = np.argsort(-scores, kind="stable")[:top_n]
        return [{"gloss": self.labels[among[i]], "score": float(scores[i])} for i in order]


class Recogniser:
    """Loads, checks and swaps versions, and runs the model off the event loop.

    Args:
        source: gives versions.
        threads: worker threads; the model keeps an interpreter for each that is at work.
        max_waiting: jobs that may wait for a thread.
        vocabulary: the operator's choice of glosses, resolved for each version.
    """

    def __init__(self, source: Source, threads: int = 1, max_waiting: int = 64, vocabulary: choice.Choice = None):
        self.source = source
        self.reason = "starting"
        self.swaps = 0
        self._max_waiting = max_waiting
        self._waiting = 0
        self._vocabulary = vocabulary
        self._loaded: Loaded | None = None
        self._refused: Version | None = None
        self._refusal = ""  # why
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
                if version == self._refused:
                    return self._failed(self._refusal)
                if version == self._taken:
                    self.reason = ""
                    return False
                self._loaded, self._taken = self._take_up(version), version
            except SourceError as error:
                return self._failed(str(error))
            except loading.ModelError as error:
                self._refused = version  # checked and found wanting: not tried again until the registry names another
                self._refusal = f"version {version.version} of {version.name} was refused: {error}"
                return self._failed(self._refusal)
        self.swaps += 1
        self.reason, self._refused = "", None
        said = version.name, version.version, version.source, len(self._loaded.chosen), len(self._loaded.labels)
        log.info("serving %s version %s (%s), %d of %d glosses", *said, extra={"model": version.labels()})
        return True

    def _take_up(self, version: Version) -> Loaded:
        folder = self.source.fetch(version)
        try:
            metadata = loading.read_metadata(folder)
            model = loading.load(folder)
            clips = loading.check(model, folder, len(metadata["labels"]))
            loaded = Loaded(described(version, metadata), metadata, clips, model, folder, self._chosen(metadata))
        except BaseException:
            self._forget(self._folders)
            raise
        # the version before stays on disk too: requests under way may still open its files
        self._folders = (*self._folders[-1:], folder)
        self._forget(self._folders)
        return loaded

    def _chosen(self, metadata: dict[str, Any]) -> np.ndarray:
        try:
            return choice.chosen(self._vocabulary, metadata)
        except choice.UnknownGlossError as error:
            raise loading.ModelError(f"ISLR_VOCABULARY: {error}") from None

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
