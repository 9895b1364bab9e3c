"""English for finished phrases: as soon as it is there, the glosses first when it is late."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

from bentos import metrics
from bentos.kernel import Kernel
from bentos.live.phrase import MOST_CONTEXT, Phrase
from bentos.translation.lattice import readable, top_glosses

PATIENCE = 0.7  # seconds that people wait before they get the glosses


class Speaker:
    """Turns phrases into text events.

    Args:
        kernel: asks the translation runner.
        emit: takes (type, **fields); must not block.
    """

    def __init__(self, kernel: Kernel, emit: Callable[..., None]):
        self.llm = kernel.llm
        self.context: tuple[str, ...] = ()
        self._kernel = kernel
        self._emit = emit
        self._last: Phrase | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def say(self, phrase: Phrase) -> None:
        """Give the text of a finished phrase."""
        self.context = self.context or phrase.context
        self._last = Phrase(phrase.number, list(phrase.signs), phrase.next_sign, self.context)
        self._start(self._last)

    def choose(self, number: int, gloss: str) -> bool:
        """Correct a sign of the phrase that was said last, and say it again; False when it holds no such sign."""
        if self._last is None or not self._last.choose(number, gloss):
            return False
        self._start(self._last)
        return True

    def _start(self, phrase: Phrase) -> None:
        task = asyncio.create_task(self._say(phrase, phrase.lattice()))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _say(self, phrase: Phrase, lattice: tuple) -> None:
        began = time.perf_counter()
        glosses = top_glosses(lattice)
        plain: dict[str, Any] = {
            "phrase": phrase.number,
            "text": readable(glosses),
            "source": "glosses",
            "glosses": glosses,
        }
        if not self.llm:
            metrics.ENGLISH_SECONDS.labels("glosses").observe(time.perf_counter() - began)
            metrics.ENGLISH.labels("glosses").inc()
            self._said(plain["text"])
            self._emit("english", **plain, final=True)
            return
        asked = asyncio.create_task(self._kernel.translate(lattice, phrase.context))
        try:
            done, _ = await asyncio.wait({asked}, timeout=PATIENCE)
            if not done:
                self._emit("english", **plain, final=False)
            answer = await asked
        finally:
            asked.cancel()
        self._said(answer["text"])
        self._emit("english", phrase=phrase.number, **answer, final=True)

    def _said(self, text: str) -> None:
        self.context = (*self.context, text)[-MOST_CONTEXT:]

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
