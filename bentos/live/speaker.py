"""English for finished phrases: as soon as it is there, the glosses first when it is late."""

import asyncio
import time
from collections.abc import Callable

from bentos import metrics
from bentos.http.schemas import Translation
from bentos.kernel import Kernel
from bentos.live import messages
from bentos.live.phrase import MAX_CONTEXT, Phrase
from bentos.translation.budget import Asker
from bentos.translation.lattice import Lattice, readable, top_glosses

PATIENCE = 0.7  # seconds that people wait before they get the glosses


class Speaker:
    """Turns phrases into events with their English.

    Args:
        kernel: asks the translation runner.
        emit: takes an event; must not block.
        token: gives a resume token of the session as it is.
        asker: for whom it is asked.
    """

    def __init__(
        self, kernel: Kernel, emit: Callable[[messages.English], None], token: Callable[[], str], asker: Asker
    ):
        self.llm = kernel.llm
        self.context: tuple[str, ...] = ()
        self._kernel = kernel
        self._emit = emit
        self._token = token
        self._asker = asker
        self._last: Phrase | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}  # by phrase

    def say(self, phrase: Phrase) -> None:
        """Give the text of a finished phrase."""
        self.context = self.context or phrase.context
        self._last = Phrase(phrase.number, list(phrase.signs), phrase.next_sign, self.context, dict(phrase.unsure))
        self._start(self._last)

    def choose(self, number: int, gloss: str) -> bool:
        """Correct a sign of the phrase that was said last, and say it again; False when it holds no such sign."""
        if self._last is None or not self._last.choose(number, gloss):
            return False
        self._start(self._last)
        return True

    def _start(self, phrase: Phrase) -> None:
        """Say a phrase; what was still being made of it before a correction is given up."""
        before = self._tasks.pop(phrase.number, None)
        if before is not None:
            before.cancel()
        task = asyncio.create_task(self._say(phrase, phrase.lattice()))
        self._tasks[phrase.number] = task
        task.add_done_callback(lambda done: self._over(phrase.number, done))

    def _over(self, number: int, task: asyncio.Task[None]) -> None:
        if self._tasks.get(number) is task:
            del self._tasks[number]

    async def _say(self, phrase: Phrase, lattice: Lattice) -> None:
        began = time.perf_counter()
        glosses = top_glosses(lattice)
        if not self.llm:
            metrics.ENGLISH_SECONDS.labels("glosses").observe(time.perf_counter() - began)
            metrics.ENGLISH.labels("glosses").inc()
            self._said(phrase, Translation(text=readable(glosses), source="glosses", glosses=glosses))
            return
        asked = asyncio.create_task(self._kernel.translate(lattice, phrase.context, self._asker))
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
        under_way = list(self._tasks.values())
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)
