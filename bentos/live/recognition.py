"""A stretch of a live stream put to the model."""

import asyncio
from collections.abc import Callable
from typing import Any

import numpy as np

from bentos.errors import NoModelError, RefusedError
from bentos.kernel import Kernel
from bentos.live.motion import steady
from bentos.model.choice import few, places
from bentos.model.recogniser import Loaded

BUSY_TRIES, BUSY_WAIT = 40, 0.05
Kept = list[tuple[float, np.ndarray]]


class Candidates:
    """The glosses that a session chooses from, found again in every version that comes to serve.

    Args:
        tell: takes a sentence for the signer; must not block.
    """

    def __init__(self, tell: Callable[[str], None]):
        self._tell = tell
        self._glosses: list[str] | None = None
        self._loaded: Loaded | None = None  # for which the places are
        self._places = np.empty(0, np.int64)

    def choose(self, glosses: list[str] | None, loaded: Loaded) -> None:
        """Take the signer's choice; None: the operator's.

        Raises:
            RefusedError: the model does not know a gloss, or there are more than it has.
        """
        self._places = loaded.among(glosses)
        self._glosses, self._loaded = glosses, loaded

    def among(self, loaded: Loaded) -> np.ndarray:
        """(glosses,) their places among the outputs of a version; tells the signer which ones it does not know."""
        if self._glosses is None:
            return loaded.chosen
        if loaded is not self._loaded:
            known = [gloss for gloss in self._glosses if gloss in loaded.known]
            self._places, self._loaded = places(known, loaded.known), loaded
            if lost := dict.fromkeys(gloss for gloss in self._glosses if gloss not in loaded.known):
                left = f"it chooses from the other {len(self._places)}" if known else "no sign is recognised any more"
                serves = f"version {loaded.version.version}, which serves now, does not know {few(lost)}"
                self._tell(f"{serves} of the chosen glosses; {left}")
        return self._places


async def recognise(
    kernel: Kernel, frames: Kept, aspect: float | None, top_n: int, candidates: Candidates
) -> list[dict[str, Any]]:
    """The likeliest glosses of some frames.

    Args:
        kernel: has the model.
        frames: (time in seconds, (180, 3) landmarks) in the order of time; at least one.
        aspect: width / height of the picture.
        top_n: glosses wanted.
        candidates: glosses to choose from.

    Raises:
        RefusedError: no model, too busy, or frames in which nothing can be recognised.
    """
    loaded = kernel.recogniser.loaded
    among = candidates.among(loaded)
    rate = float(loaded.metadata.get("frame_rate", 25))

    def job() -> list[dict[str, Any]]:
        return loaded.best(loaded.predict(steady(frames, rate), None, aspect), top_n, among)

    return await kernel.recogniser.run(job)


async def patiently(
    kernel: Kernel, frames: Kept, aspect: float | None, top_n: int, candidates: Candidates
) -> list[dict[str, Any]] | None:
    """As `recognise`, but it is not given up because the model is busy for a moment; None when it cannot be done."""
    if not frames:
        return None
    for _ in range(BUSY_TRIES):
        try:
            return await recognise(kernel, frames, aspect, top_n, candidates)
        except NoModelError:
            return None
        except RefusedError as error:
            if error.status != 503:
                return None
            await asyncio.sleep(BUSY_WAIT)
    return None
