"""English for finished phrases: as soon as it is there, the glosses first when it is late."""

import asyncio
import time
from collections.abc import Callable

from bentos import metrics
from bentos.http.schemas import Translation
from bentos.kernel import Kernel
from bentos.live import messages
from bentos.live.phrase import MAX_CONTEXT, Phrase
from bentos.translation.lattice import Lattice, readable, top_glosses

PATIENCE = 0.7  # seconds that people wait before they get the glosses


class Speaker:
    """Turns phrases into events with their English.

    Args:
        kernel: asks the translation runner.
        emit: takes an event; must not block.
        token: gives a resume token of the session as it is.
    """

    def __init__(self, kernel: Kernel, emit: Callable[[messages.English], None], token: Callable[[], str]):
        self.llm = kernel.llm
        self.context: tuple[str, ...] = ()
        self._kernel = kernel
        self._emit = emit
        self._token = token
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

    async def _say(self, phrase: Phrase, lattice: Lattice) -> None:
        began = time.perf_counter()
        glosses = top_glosses(lattice)
        if not self.llm:
            metrics.ENGLISH_SECONDS.labels("glosses").observe(time.perf_counter() - began)
            metrics.ENGLISH.labels("glosses").inc()
            self._said(phrase, Translation(text=readable(glosses), source="glosses", glosses=glosses))
            return
        asked = asyncio.create_task(self._kernel.translate(lattice, phrase.context))
        try:
            done, _ = await asyncio.wait({asked}, timeout=PATIENCE)
            if not done:
                plain = Translation(text=readable(glosses), source="glosses", glosses=glosses)
                self._send(phrase, plain, final=False)
            answer = await asked
        finally:
            asked.cancel()
        self._said(phrase, Translation(**answer))

    def _said(self, phrase: Phrase, english: Translation) -> None:
        self.context = (*self.context, english.text)[-MAX_CONTEXT:]
        self._send(phrase, english, final=True)

    def _send(self, phrase: Phrase, english: Translation, final: bool) -> None:
        event = messages.English(phrase=phrase.number, **dict(english), final=final, token=self._token())
        self._emit(event)

    async def close(self) -> None:
        """Give up what is under way."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
