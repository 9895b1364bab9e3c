"""What one process of the front holds: the model, the way to the translation runner, the live sessions."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from bentos import metrics
from bentos.contract.rejection import is_known
from bentos.contract.summary import advice
from bentos.errors import NoModelError, RefusedError
from bentos.http.clips import Clip
from bentos.live.frames import TimedClip
from bentos.live.recorded import signs_in
from bentos.model.feedback import Feedback
from bentos.model.recogniser import Loaded, Recogniser
from bentos.settings import Settings
from bentos.translation.lattice import Lattice, readable, top_glosses

log = logging.getLogger(__name__)
Runner = Callable[[Lattice, tuple[str, ...]], Awaitable[dict[str, str]]]
HEALTH_SECONDS = 5.0


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
        await asyncio.to_thread(self.recogniser.close)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(self.settings.poll_seconds)
            try:
                await asyncio.to_thread(self._refresh)
            except Exception:  # the watch must outlive whatever one look at the registry does
                log.exception("looking for a new version failed")

    def _refresh(self) -> None:
        if self.recogniser.refresh():
            metrics.MODEL_SWAPS.inc()
        metrics.MODEL_LOADED.set(self.recogniser.ready)

    async def predict(self, read: Callable[[], Clip]) -> dict[str, Any]:
        """Read a clip and recognise it, both off the event loop.

        Args:
            read: gives the clip; may raise RefusedError.

        Returns:
            The answer of /predict.

        Raises:
            RefusedError: bad clip, no model, or too busy.
        """
        loaded = self.recogniser.loaded
        return await self.recogniser.run(lambda: _recognise(loaded, read, self.feedback))

    async def healthy(self) -> str | None:
        """Why the model does not answer, or None when it does."""
        try:
            loaded = self.recogniser.loaded
            if time.monotonic() - self._answered > HEALTH_SECONDS:
                await asyncio.wait_for(self.recogniser.run(lambda: loaded.predict(loaded.probe(), None, None)), 5)
                self._answered = time.monotonic()
        except NoModelError:
            return self.recogniser.reason
        except TimeoutError:
            return "the model does not answer within 5 seconds"
        except Exception as error:  # any failure means the same to a probe
            return f"the model does not answer: {error}"
        return None

    def lattice(self, candidates: list[list[tuple[str, float]]]) -> Lattice:
        """Candidates of a client as a lattice of known glosses.

        Raises:
            RefusedError: a gloss is not in the model's vocabulary.
        """
        known = self.recogniser.loaded.known
        for i, sign in enumerate(candidates):
            for j, (gloss, _) in enumerate(sign):
                if gloss not in known:
                    raise RefusedError(
                        422,
                        f"sign {i}, candidate {j}: {gloss[:40]!r} is not in the model's vocabulary; GET /metadata "
                        "lists it",
                        f"candidates[{i}][{j}].gloss",
                    )
        return tuple(tuple(sorted(sign, key=lambda c: -c[1])) for sign in candidates)

    async def correct(self, gloss: str, instead_of: str | None, score: float | None) -> None:
        """Keep a person's correction.

        Raises:
            RefusedError: nothing is kept here, no model, or a gloss that the model does not know.
        """
        loaded = self.recogniser.loaded
        if self.feedback.mode == "off":
            raise RefusedError(404, "this server keeps no feedback")
        for name, value in (("gloss", gloss), ("instead_of", instead_of)):
            if value is not None and value not in loaded.known:
                raise RefusedError(422, f"{name}: {value[:40]!r} is not in the model's vocabulary", name)
        await asyncio.to_thread(self.feedback.correction, loaded.version.version, gloss, instead_of, score)

    async def translate(self, lattice: Lattice, context: tuple[str, ...] = ()) -> dict[str, Any]:
        """English for a lattice, or the glosses as text when there is none in time."""
        began = time.perf_counter()
        glosses = top_glosses(lattice)
        text, source = readable(glosses), "glosses"
        if self.llm:
            try:
                limit = self.settings.llm_timeout_seconds + 0.5
                answer = await asyncio.wait_for(self._runner(lattice, context), limit)
                if answer.get("text"):
                    text, source = answer["text"], "llm"
            except Exception as error:  # the runner fails apart; people get the glosses
                log.warning("the translation runner does not answer: %s", type(error).__name__)
        metrics.ENGLISH.labels(source).inc()
        metrics.ENGLISH_SECONDS.labels(source).observe(time.perf_counter() - began)
        return {"text": text, "source": source, "glosses": glosses}


def _signs(loaded: Loaded, clip: Clip, among: np.ndarray, feedback: Feedback) -> dict[str, Any]:
    """The answer for a clip that may hold several signs."""
    rate = float(loaded.metadata.get("frame_rate", 25))
    step = 1 / (clip.fps or rate)

    def ask(part: TimedClip) -> list[dict[str, Any]]:
        return loaded.best(loaded.predict(part.at_rate(rate), None, part.aspect), clip.top_n, among)

    recording = TimedClip([(i * step, frame) for i, frame in enumerate(clip.landmarks)], clip.aspect)
    said = []
    for sign in signs_in(recording, ask):
        sure = is_known(sign.candidates, loaded.threshold)
        end = min(sign.end, recording.frames[-1][0])
        said.append({"start": sign.start, "end": end, "sure": sure, "predictions": sign.candidates})
        if feedback.mode != "off" and sign.candidates:
            part = recording.between(sign.start, sign.end)
            feedback.sign("predict", loaded.version.version, (*part.as_filmed(), clip.aspect), sign.candidates, sure)
    return {"signs": said}


def _recognise(loaded: Loaded, read: Callable[[], Clip], feedback: Feedback) -> dict[str, Any]:
    began = time.perf_counter()
    clip = read()
    among = loaded.among(clip.vocabulary)
    if clip.top_n > max(len(among), Clip.top_n):  # the default is never refused, however few glosses there are
        right = f"right is at most {len(among)}, the number of glosses to choose from"
        raise RefusedError(422, f"top_n is {clip.top_n}; {right}", "top_n")
    parsed = time.perf_counter()
    if clip.signs:
        metrics.STEP_SECONDS.labels("parse").observe(parsed - began)
        return _signs(loaded, clip, among, feedback)
    probabilities = loaded.predict(clip.landmarks, clip.fps, clip.aspect)
    inferred = time.perf_counter()
    metrics.STEP_SECONDS.labels("parse").observe(parsed - began)
    metrics.STEP_SECONDS.labels("infer").observe(inferred - parsed)
    candidates = loaded.best(probabilities, clip.top_n, among)
    if feedback.mode != "off":
        fps = clip.fps or float(loaded.metadata.get("frame_rate", 25))
        feedback.sign("predict", loaded.version.version, (clip.landmarks, fps, clip.aspect), candidates)
    said = advice(clip.landmarks)
    return {"predictions": candidates} | ({"advice": said} if said else {})
