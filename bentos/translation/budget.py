"""What may be spent on the language model: one budget for every door, kept where the calls are made."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bentos.rate import RateLimit
from bentos.translation.answer import NoEnglishError
from bentos.translation.settings import TranslationSettings

DAY = 86_400


@dataclass(frozen=True)
class Asker:
    """For whom the language model is asked.

    Attributes:
        client: address.
        session: id of the live session, or "" where there is none.
    """

    client: str
    session: str = ""


class Budget:
    """Counts calls, retries too. Calls that the cache or another's call answers cost nothing.

    Args:
        settings: `llm_calls_…`.
        clock: gives seconds of the wall clock; a day is one of UTC.
    """

    def __init__(self, settings: TranslationSettings, clock: Callable[[], float] = time.time):
        self._settings, self._clock = settings, clock
        self._sessions = RateLimit(settings.llm_calls_per_session, clock)
        self._clients = RateLimit(settings.llm_calls_per_client, clock)
        self._under_way = 0
        self._day, self._today = 0, 0

    @contextmanager
    def call(self, asker: Asker) -> Iterator[None]:
        """Around one call.

        Raises:
            NoEnglishError: "budget": nothing is left of it; the advice says of which part, where an operator can help.
        """
        self._take(asker)
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def _take(self, asker: Asker) -> None:
        s = self._settings
        day = int(self._clock() // DAY)
        if day != self._day:
            self._day, self._today = day, 0
        if s.llm_calls_at_once and self._under_way >= s.llm_calls_at_once:
            raise NoEnglishError("budget")
        if s.llm_calls_per_day and self._today >= s.llm_calls_per_day:
            spent = f"all {s.llm_calls_per_day} calls of this day (UTC) are spent; ISLR_LLM_CALLS_PER_DAY allows more"
            raise NoEnglishError("budget", spent)
        if asker.session and self._sessions.wait(asker.session):
            raise NoEnglishError("budget")
        if self._clients.wait(asker.client):
            raise NoEnglishError("budget")
        self._today += 1
