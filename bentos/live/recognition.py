"""What the model says of clips of a live stream."""

import asyncio
from collections.abc import Callable, Sequence

import numpy as np

from bentos.errors import NoModelError, RefusedError
from bentos.http.schemas import OwnSigns as Given
from bentos.kernel import Kernel
from bentos.live.frames import TimedClip
from bentos.model import candidates
from bentos.model.candidates import Scored
from bentos.model.choice import few, places
from bentos.model.own_signs import OwnSigns
from bentos.model.recogniser import Loaded

BUSY_TRIES, BUSY_WAIT = 40, 0.05  # seconds between two tries


class Vocabulary:
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


class Taught:
    """The own signs of a session's signer, as long as the version that serves can compare them.

    Args:
        tell: takes a sentence for the signer; must not block.
    """

    def __init__(self, tell: Callable[[str], None]):
        self.names: frozenset[str] = frozenset()
        self._tell = tell
        self._given: Given | None = None
        self._loaded: Loaded | None = None  # for which the signs are ready
        self._signs: OwnSigns | None = None

    def choose(self, given: Given | None, loaded: Loaded) -> None:
        """Take the signer's signs; None: there are none.

        Raises:
            RefusedError: this version takes none, or these were not made with it.
        """
        self._signs = candidates.own_signs(loaded, given.space, given.pairs()) if given else None
        self._given, self._loaded = given, loaded
        self.names = frozenset(sign.name for sign in given.signs) if given else frozenset()

    def ready(self, loaded: Loaded) -> OwnSigns | None:
        """The signs for a version; tells the signer once where it cannot compare them."""
        if self._given is not None and loaded is not self._loaded:
            self._loaded, self._signs = loaded, None
            try:
                self._signs = candidates.own_signs(loaded, self._given.space, self._given.pairs())
            except RefusedError as error:
                self._tell(error.message)
        return self._signs


class Recognition:
    """The model as one session asks it.

    Args:
        kernel: has the model.
        tell: takes a sentence for the signer; must not block.
    """

    def __init__(self, kernel: Kernel, tell: Callable[[str], None]):
        self.top_n = 5  # candidates wanted
        self.vocabulary = Vocabulary(tell)
        self.own_signs = Taught(tell)
        self._recogniser = kernel.recogniser

    @property
    def crowded(self) -> bool:
        """Whether the model has no time for what can be left out."""
        return self._recogniser.crowded

    async def candidates(self, clips: Sequence[TimedClip]) -> list[list[Scored]]:
        """The likeliest glosses of each clip of at least one frame, best first.

        Raises:
            RefusedError: no model, too busy, or frames in which nothing can be recognised.
        """
        loaded = self._recogniser.loaded
        among, own = self.vocabulary.among(loaded), self.own_signs.ready(loaded)
        rate = float(loaded.metadata.get("frame_rate", 25))

        def best(clip: TimedClip) -> list[Scored]:
            return candidates.of_clip(loaded, (clip.at_rate(rate), None, clip.aspect), self.top_n, among, own)

        return await self._recogniser.run(lambda: [best(clip) for clip in clips])

    async def with_retries(self, clips: Sequence[TimedClip]) -> list[list[Scored]] | None:
        """As `candidates`, tried again while the model is busy; None when it cannot be done."""
        if not all(clip.frames for clip in clips):
            return None
        for _ in range(BUSY_TRIES):
            try:
                return await self.candidates(clips)
            except NoModelError:
                return None
            except RefusedError as error:
                if error.status != 503:
                    return None
                await asyncio.sleep(BUSY_WAIT)
        return None
