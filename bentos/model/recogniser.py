"""The model at work in one process: a small pool of threads, and the change of versions.

A version takes over only after its files were found to be those that were registered, and its code, in a process of its
own and then here, gave the outputs that were recorded when it was exported. Requests under way finish with the version
they began with, so none fails while a new one takes over.
"""

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from bentos.contract import integrity, loading, trial
from bentos.contract.rejection import FALLBACK, Rejection
from bentos.contract.signing import Signing
from bentos.errors import NoModelError, RefusedError
from bentos.model import choice
from bentos.model.own_signs import Space
from bentos.model.pool import Pool
from bentos.model.refusals import Refusals
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
    stamps: integrity.Stamps = field(default_factory=dict)  # of its files, as they were when it was loaded

    @property
    def whole(self) -> bool:
        """Whether its files are still there as they were: clips of another length, and figures, are read from them."""
        return integrity.unchanged(self.folder, self.stamps)

    def must_be_whole(self) -> None:
        """Raise NoModelError if a file of it is gone or another one."""
        if not self.whole:
            raise NoModelError(f"files of version {self.version.version} are gone or changed in the service's folder")

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

    @cached_property
    def signing(self) -> Signing | None:
        """How it tells signs from other movements, where that was fitted to its embeddings."""
        signing = Signing.of(self.metadata)
        fits = signing is not None and len(signing.weights) == getattr(self.model, "embedding_size", 0)
        return signing if fits else None

    @property
    def threshold(self) -> float:
        """Least score that a sign needs for a word, where nobody sets another."""
        return FALLBACK if self.rejection is None else self.rejection.threshold

    @cached_property
    def vocabulary(self) -> list[dict[str, Any]]:
        """What is known of each gloss, in the order of the labels."""
        return listed(self.folder, self.metadata)

    @cached_property
    def space(self) -> Space | None:
        """Of this version's embeddings; None where it takes no own signs."""
        return Space.of(self.folder, self.model)

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
            NoModelError: files of the model are gone.
        """
        return self._asked(lambda: (self.model.predict(landmarks, fps=fps, aspect=aspect),))[0]

    def embed(self, landmarks: np.ndarray, fps: float | None, aspect: float | None) -> tuple[np.ndarray, np.ndarray]:
        """As `predict`, in one run with the embedding, (E,) of unit length; only of a version that gives one."""
        probabilities, embedding = self._asked(lambda: self.model.embed(landmarks, fps=fps, aspect=aspect))
        return probabilities, embedding

    def _asked(self, ask: Callable[[], tuple[np.ndarray, ...]]) -> tuple[np.ndarray, ...]:
        self.must_be_whole()
        try:
            answer = tuple(np.asarray(values, np.float32) for values in ask())
        except ValueError as error:
            self.must_be_whole()  # they may have gone in between
            raise RefusedError(422, f"the model cannot use this clip: {error}") from error
        except RuntimeError as error:
            log.warning("the model gave no probabilities: %s", error)
            raise RefusedError(
                422, "these landmarks give no probabilities: are they fractions of the picture?"
            ) from error
        if not all(np.isfinite(values).all() for values in answer):
            raise RefusedError(422, "these landmarks give no probabilities: are they fractions of the picture?")
        return answer

    def best(
        self,
        probabilities: np.ndarray,
        top_n: int,
        among: np.ndarray | None = None,
        own: Mapping[str, float] = MappingProxyType({}),
        factor: float = 1.0,
    ) -> list[dict[str, Any]]:
        """The likeliest glosses with their scores, best first.

        Args:
            probabilities: (labels,) as `predict` gives them. A score is how likely the sign is one of those chosen
                among, parted as these are; of a version that was never calibrated for that, these themselves.
            top_n: glosses wanted; where there are fewer, all of them come.
            among: (glosses,) places of the candidates, rising; None: the operator's choice.
            own: probabilities of signs that the signer taught, which are always chosen among.
            factor: of all scores.
        """
        names = [*self.labels, *own]
        probabilities = np.concatenate([probabilities, np.fromiter(own.values(), np.float32, len(own))])
        among = np.append(self.chosen if among is None else among, np.arange(len(self.labels), len(names)))
        if not len(among):
            return []
        scores = probabilities[among] if self.rejection is None else self.rejection.scores(probabilities, among)
        order = np.argsort(-scores, kind="stable")[:top_n]
        return [{"gloss": names[among[i]], "score": factor * float(scores[i])} for i in order]


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
        self.looked_at: datetime | None = None  # when the source last answered
        self.refusals = Refusals()
        self._vocabulary = vocabulary
        self._loaded: Loaded | None = None
        self._taken: Version | None = None  # as the source described it
        self._folders: tuple[Path, ...] = ()
        self._lock = threading.Lock()
        self._pool = Pool("recogniser", threads, max_waiting)

    @property
    def loaded(self) -> Loaded:
        """The version that serves; raises NoModelError when there is none, or its files are gone."""
        if self._loaded is None:
            raise NoModelError(self.reason)
        self._loaded.must_be_whole()
        return self._loaded

    @property
    def ready(self) -> bool:
        """Whether a version serves."""
        return self._loaded is not None and self._loaded.whole

    @property
    def crowded(self) -> bool:
        """Whether jobs wait, so that what can wait should."""
        return self._pool.waiting >= 3

    def refresh(self) -> bool:
        """Look for another version and take it up; blocking. Whatever fails, what serves goes on serving.

        Returns:
            Whether another version serves now.
        """
        with self._lock:
            try:
                version = self.source.current()
            except SourceError as error:
                return self._failed(str(error))
            self.looked_at = datetime.now(UTC)
            if version == self._taken and self.ready:
                self._settle()
                return False
            if (refusal := self.refusals.standing(version)) is not None:
                return self._failed(refusal.reason)
            try:
                self._loaded = self._take_up(version)
            except Exception as error:  # whatever it is: it is kept, told, and what serves goes on serving
                return self._failed(self.refusals.add(version, error).reason)
            self._taken = version
        self.swaps += 1
        self._settle()
        said = version.name, version.version, version.source, len(self._loaded.chosen), len(self._loaded.labels)
        log.info("serving %s version %s (%s), %d of %d glosses", *said, extra={"model": version.labels()})
        return True

    def _take_up(self, version: Version) -> Loaded:
        folder = self.source.fetch(version)
        try:
            home = integrity.verify(folder, version.fingerprint)
            stamps, metadata = integrity.stamps(home), loading.read_metadata(home)
            trial.run(home)
            model = loading.load(home)
            clips, said = loading.check(model, home), described(version, metadata)
            loaded = Loaded(said, metadata, clips, model, home, self._chosen(metadata), stamps)
            loaded.must_be_whole()
        except BaseException:
            self.source.forget(self._folders)
            raise
        # the version before stays on disk too: requests under way may still open its files
        self._folders = (*self._folders[-1:], home)
        self.source.forget(self._folders)
        return loaded

    def _chosen(self, metadata: dict[str, Any]) -> np.ndarray:
        try:
            return choice.chosen(self._vocabulary, metadata)
        except choice.UnknownGlossError as error:
            raise loading.ModelError(f"ISLR_VOCABULARY: {error}") from None

    def _settle(self) -> None:
        """The version that the source names serves: whatever failed before is resolved."""
        if self.reason not in ("", "starting"):
            log.info("resolved: %s", self.reason)
        self.reason = ""
        self.refusals.clear()

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
        return await self._pool.run(job)

    def close(self) -> None:
        """Let what is under way finish and remove what was downloaded."""
        self._pool.close()
        self.source.forget(())
