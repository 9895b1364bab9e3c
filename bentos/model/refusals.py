"""Versions that were found wanting, kept with the reason until the version that is named serves."""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from bentos.contract.loading import ModelError
from bentos.contract.trial import SlowError
from bentos.model.versions import Version

MOST = 100  # that are kept, the last ones
FIRST, LONGEST = 30.0, 3600.0  # seconds until files that could not be had are asked for again, twice as long each time


@dataclass(frozen=True)
class Refusal:
    """Why a version does not serve.

    Attributes:
        version: its number.
        reason: a sentence.
        since: when it was first refused, ISO 8601 in UTC.
    """

    version: str
    reason: str
    since: str


@dataclass
class _Kept:
    refusal: Refusal
    tries: int
    again: float  # `time.monotonic` from which on it may be tried again


class Refusals:
    """What was refused since the version that the source names last served; read from any thread."""

    def __init__(self) -> None:
        self._kept: dict[Version, _Kept] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[dict[str, str]]:
        return iter([asdict(kept.refusal) for kept in list(self._kept.values())])

    def add(self, version: Version, error: Exception) -> Refusal:
        """Keep why a version does not serve.

        Args:
            version: as the source describes it.
            error: a ModelError is for good. After a SlowError, or any other, such as a full disk or a store that does
                not answer, it is tried again, ever more rarely.
        """
        before = self._kept.pop(version, None)
        tries = before.tries + 1 if before else 1
        final = isinstance(error, ModelError) and not isinstance(error, SlowError)
        wait = float("inf") if final else min(FIRST * 2 ** (tries - 1), LONGEST)
        said = str(error) or type(error).__name__
        reason = f"version {version.version} of {version.name} was refused, because {said}"
        since = before.refusal.since if before else datetime.now(UTC).isoformat(timespec="seconds")
        refusal = Refusal(version.version, reason, since)
        self._kept[version] = _Kept(refusal, tries, time.monotonic() + wait)
        while len(self._kept) > MOST:
            self._kept.pop(next(iter(self._kept)))
        return refusal

    def standing(self, version: Version) -> Refusal | None:
        """Why a version is not to be tried now; None if it may be."""
        kept = self._kept.get(version)
        return kept.refusal if kept and time.monotonic() < kept.again else None

    def clear(self) -> None:
        """Forget all: the version that is named serves."""
        self._kept.clear()
