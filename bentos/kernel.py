"""What one process of the front holds: the model, the way to the translation runner, the live sessions."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Collection
from typing import Any

import numpy as np

from bentos import metrics
from bentos.contract.rejection import is_known
from bentos.contract.summary import advice
from bentos.errors import NoModelError, RefusedError
from bentos.http.clips import Clip
from bentos.live.frames import TimedClip
from bentos.live.recorded import signs_in
from bentos.logs import captured
from bentos.model import candidates
from bentos.model.feedback import Feedback
from bentos.model.own_signs import OwnSigns, encode
from bentos.model.pool import Pool
from bentos.model.recogniser import Loaded, Recogniser
from bentos.settings import Settings
from bentos.translation.budget import Asker
from bentos.translation.lattice import Lattice, readable, top_glosses

log = logging.getLogger(__name__)
Wanted = tuple[np.ndarray, OwnSigns | None]  # places of the glosses to choose from, and own signs beside them
Runner = Callable[[Lattice, tuple[str, ...], Asker], Awaitable[dict[str, str]]]
HEALTH_SECONDS = 5.0
KEEP_SECONDS = 5.0  # in which a correction must be on the disk


class Kernel:
    """State of one process; made when the service starts, closed when it ends.

    Args:
        settings: as read from the environment.
        recogniser: the model at work.
        runner: asks the translation runner; returns {"text": …} or {"reason": …}.
        llm: whether a language model is configured.
    """

    def __init__(self, settings: Settings, recogniser: Recogniser, runner: Runner, llm: bool):
        self.settings = settings
        self.recogniser = recogniser
        self.llm = llm
        self.feedback = Feedback(settings)
        self.draining = False
        self._reader = Pool("reader", 1, settings.max_waiting)
        self._runner = runner
        self._watcher: asyncio.Task[None] | None = None
        self._answered = 0.0

    async def start(self) -> None:
        """Take up the model, then watch the registry."""
        await asyncio.to_thread(self._refresh)
        self._watcher = asyncio.create_task(self._watch())

    async def close(self) -> None:
        """Stop watching; let what is under way finish."""
        self.draining = True
        if self._watcher is not None:
            self._watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watcher
        await asyncio.to_thread(self._reader.close)
        await asyncio.to_thread(self.recogniser.close)
        await asyncio.to_thread(self.feedback.close)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.settings.poll_seconds)
            try:
                await asyncio.to_thread(self._refresh)
            except Exception:  # the watch must outlive whatever one look at the registry does
                log.exception("looking for a new version failed")

    def _refresh(self) -> None:
        with captured():
            swapped = self.recogniser.refresh()
        if swapped:
            metrics.MODEL_SWAPS.inc()
        metrics.MODEL_LOADED.set(self.recogniser.ready)
        metrics.MODEL_REFUSED.set(len(self.recogniser.refusals))
        if self.recogniser.looked_at is not None:
            metrics.MODEL_LOOKED.set(self.recogniser.looked_at.timestamp())

    async def predict(self, read: Callable[[], Clip]) -> dict[str, Any]:
        """Read a clip and recognise it, both off the event loop, and the first off the model's thread, too.

        Args:
            read: gives the clip; may raise RefusedError.

        Returns:
            The answer of /predict.

        Raises:
            RefusedError: bad clip, no model, or too busy.
        """
        loaded = self.recogniser.loaded
        clip, wanted = await self._reader.run(lambda: _read(loaded, read))
        return await self.recogniser.run(lambda: _recognise(loaded, clip, wanted, self.feedback))

    async def embed(self, read: Callable[[], Clip]) -> dict[str, Any]:
        """As `predict`, with the clip's embedding, for POST /embed; nothing is kept of it.

        Raises:
            RefusedError: as for `predict`, or the version takes no own signs.
        """
        loaded = self.recogniser.loaded
        clip, wanted = await self._reader.run(lambda: _read(loaded, read))
        return await self.recogniser.run(lambda: _embed(loaded, clip, wanted))

    async def healthy(self) -> str | None:
        """Why the model does not answer, or None when it does."""
        try:
            loaded = self.recogniser.loaded
            if time.monotonic() - self._answered > HEALTH_SECONDS:
                await asyncio.wait_for(self.recogniser.run(lambda: loaded.predict(loaded.probe(), None, None)), 5)
                self._answered = time.monotonic()
        except NoModelError as error:
            return self.recogniser.reason or error.message
        except TimeoutError:
            return "the model does not answer within 5 seconds"
        except Exception as error:  # any failure means the same to a probe
            return f"the model does not answer: {error}"
        return None

    def lattice(self, signs: list[list[tuple[str, float]]], own: Collection[str] = ()) -> Lattice:
        """Candidates of a client as a lattice of known glosses and of names of own signs.

        Raises:
            RefusedError: a gloss is neither in the model's vocabulary nor one of these names.
        """
        known = self.recogniser.loaded.known
        for i, sign in enumerate(signs):
            for j, (gloss, _) in enumerate(sign):
                if gloss not in known and gloss not in own:
                    raise RefusedError(
                        422,
                        f"sign {i}, candidate {j}: {gloss[:40]!r} is not in the model's vocabulary; GET /metadata "
                        "lists it",
                        f"candidates[{i}][{j}].gloss",
                    )
        return tuple(tuple(sorted(sign, key=lambda c: -c[1])) for sign in signs)

    async def correct(self, gloss: str, instead_of: str | None, score: float | None) -> None:
        """Keep a person's correction.

        Raises:
            RefusedError: nothing is kept here, no model, a gloss that the model does not know, or it cannot be written.
        """
        loaded = self.recogniser.loaded
        if self.feedback.mode == "off":
            raise RefusedError(404, "this server keeps no feedback")
        for name, value in (("gloss", gloss), ("instead_of", instead_of)):
            if value is not None and value not in loaded.known:
                raise RefusedError(422, f"{name}: {value[:40]!r} is not in the model's vocabulary", name)
        writing = self.feedback.correction(loaded.version.version, gloss, instead_of, score)
        with contextlib.suppress(TimeoutError):
            if await asyncio.wait_for(asyncio.wrap_future(writing), KEEP_SECONDS):
                return
        raise RefusedError(503, "the correction could not be kept; the server's disk is full or slow", retry_after=60)

    async def translate(self, lattice: Lattice, context: tuple[str, ...], asker: Asker) -> dict[str, Any]:
        """English for a lattice, or the glosses as text when there is none in time, or no budget for it."""
        began = time.perf_counter()
        glosses = top_glosses(lattice)
        text, source = readable(glosses), "glosses"
        if self.llm:
            try:
                limit = self.settings.llm_timeout_seconds + 0.5
                answer = await asyncio.wait_for(self._runner(lattice, context, asker), limit)
                if answer.get("text"):
                    text, source = answer["text"], "llm"
            except Exception as error:  # the runner fails apart; people get the glosses
                log.warning("the translation runner does not answer: %s", type(error).__name__)
        metrics.ENGLISH.labels(source).inc()
        metrics.ENGLISH_SECONDS.labels(source).observe(time.perf_counter() - began)
        return {"text": text, "source": source, "glosses": glosses}


def _signs(loaded: Loaded, clip: Clip, wanted: Wanted, feedback: Feedback) -> dict[str, Any]:
    """The answer for a clip that may hold several signs."""
    rate = float(loaded.metadata.get("frame_rate", 25))
    step = 1 / (clip.fps or rate)

    def ask(part: TimedClip) -> list[candidates.Scored]:
        return candidates.of_clip(loaded, (part.at_rate(rate), None, part.aspect), clip.top_n, *wanted)

    recording = TimedClip([(i * step, frame) for i, frame in enumerate(clip.landmarks)], clip.aspect)
    said = []
    for sign in signs_in(recording, ask):
        sure = is_known(sign.candidates, loaded.threshold)
        end = min(sign.end, recording.frames[-1][0])
        said.append({"start": sign.start, "end": end, "sure": sure, "predictions": sign.candidates})
        if feedback.mode != "off" and sign.candidates and sign.candidates[0]["gloss"] in loaded.known:
            part = recording.between(sign.start, sign.end)
            feedback.sign("predict", loaded.version.version, _filmed(part), sign.candidates, sure)
    return {"signs": said}


def _filmed(part: TimedClip) -> Callable[[], tuple[np.ndarray, float, float | None]]:
    return lambda: (*part.as_filmed(), part.aspect)


def _read(loaded: Loaded, read: Callable[[], Clip]) -> tuple[Clip, Wanted]:
    """A clip, and what to choose from."""
    began = time.perf_counter()
    clip = read()
    wanted = _wanted(loaded, clip)
    metrics.STEP_SECONDS.labels("parse").observe(time.perf_counter() - began)
    return clip, wanted


def _wanted(loaded: Loaded, clip: Clip) -> Wanted:
    """What a clip's sender wants to choose from; raises RefusedError."""
    among, given = loaded.among(clip.vocabulary), clip.own_signs
    own = candidates.own_signs(loaded, given.space, given.pairs()) if given else None
    most = len(among) + (len(own.names) if own else 0)
    if clip.top_n > max(most, Clip.top_n):  # the default is never refused, however few glosses there are
        right = f"right is at most {most}, the number of glosses to choose from"
        raise RefusedError(422, f"top_n is {clip.top_n}; {right}", "top_n")
    return among, own


def _recognise(loaded: Loaded, clip: Clip, wanted: Wanted, feedback: Feedback) -> dict[str, Any]:
    if clip.signs:
        return _signs(loaded, clip, wanted, feedback)
    began = time.perf_counter()
    found = candidates.of_clip(loaded, clip.filmed, clip.top_n, *wanted)
    metrics.STEP_SECONDS.labels("infer").observe(time.perf_counter() - began)
    if feedback.mode != "off" and found[0]["gloss"] in loaded.known:  # what people call their own signs is not kept
        fps = clip.fps or float(loaded.metadata.get("frame_rate", 25))
        feedback.sign("predict", loaded.version.version, lambda: (clip.landmarks, fps, clip.aspect), found)
    return _answer(clip, found)


def _embed(loaded: Loaded, clip: Clip, wanted: Wanted) -> dict[str, Any]:
    if clip.signs:
        raise RefusedError(422, "signs is true; right is false: a take is of one sign", "signs")
    space = candidates.space_of(loaded)
    seen = loaded.embed(*clip.filmed)
    found = candidates.mixed(loaded, seen, clip.top_n, *wanted)
    return _answer(clip, found) | {"embedding": encode(seen[1]), "space": space.id}


def _answer(clip: Clip, found: list[candidates.Scored]) -> dict[str, Any]:
    said = advice(clip.landmarks)
    return {"predictions": found} | ({"advice": said} if said else {})
