"""What may be spent on the language model, through whichever door it is asked."""

import asyncio

import pytest

from bentos.http.app import create_app
from bentos.kernel import Kernel
from bentos.live.messages import Choose
from bentos.live.phrase import ResumeTokens, Sign
from bentos.live.session import Session
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from bentos.translation.answer import NoEnglishError
from bentos.translation.budget import DAY, Asker, Budget
from bentos.translation.llm import Translator
from bentos.translation.settings import TranslationSettings
from tests.bentos.tiny_model import LABELS
from tests.bentos.translation.standin import StandIn, standing_in

ANN, BOB = Asker("198.51.100.1"), Asker("198.51.100.2")


def may(budget: Budget, asker: Asker) -> bool:
    try:
        with budget.call(asker):
            return True
    except NoEnglishError as error:
        return error.reason != "budget"


def test_a_client_and_a_session_have_their_own_share():
    budget = Budget(TranslationSettings(llm_calls_per_client=40, llm_calls_per_session=25), clock=lambda: 0.0)
    sessions = [Asker(ANN.client, "one"), Asker(ANN.client, "two")]
    assert [sum(may(budget, asker) for _ in range(20)) for asker in (*sessions, ANN, BOB)] == [5, 3, 0, 8]


def test_a_day_has_an_end_and_begins_anew():
    now = [0.0]
    budget = Budget(TranslationSettings(llm_calls_per_day=3, llm_calls_per_client=0), clock=lambda: now[0])
    assert [may(budget, asker) for asker in (ANN, BOB, ANN, BOB)] == [True, True, True, False]
    with pytest.raises(NoEnglishError) as caught, budget.call(ANN):
        pass
    assert "ISLR_LLM_CALLS_PER_DAY" in caught.value.advice
    now[0] = DAY + 1
    assert may(budget, BOB)


def test_so_many_calls_are_under_way_at_once():
    budget = Budget(TranslationSettings(llm_calls_at_once=2), clock=lambda: 0.0)
    with budget.call(ANN), budget.call(BOB):
        assert not may(budget, Asker("198.51.100.3"))
    assert may(budget, ANN)


def test_retries_cost_too():
    settings = TranslationSettings(llm_calls_per_day=2, llm_attempts=3, llm_timeout_seconds=20)
    with standing_in(StandIn()) as server:
        server.manner = "500"
        settings = settings.model_copy(update={"llm_base_url": server.url})

        async def ask():
            translator = Translator(settings, "", Budget(settings))
            with pytest.raises(NoEnglishError, match="budget"):
                await translator.english(((("book", 0.9),),), asker=ANN)
            await translator.close()

        asyncio.run(ask())
        assert len(server.requests) == 2


def test_corrections_in_a_live_session_do_not_spend_without_limit(tiny_model):
    """A person, or a program, chooses again and again: each choice asks for the English of the phrase anew."""
    chosen = 70
    with standing_in(StandIn()) as server:
        settings = Settings(llm_base_url=server.url, llm_timeout_seconds=30)

        async def correct():
            budget = Budget(settings, clock=lambda: 0.0)
            translator = Translator(settings, "", budget)

            async def runner(lattice, context, asker):
                try:
                    return {"text": await translator.english(lattice, context, asker)}
                except NoEnglishError as error:
                    return {"reason": error.reason}

            kernel = Kernel(settings, Recogniser(FolderSource(tiny_model)), runner, llm=True)
            await kernel.start()
            said, right = [], [LABELS[(chosen - 2) % 12], LABELS[(chosen - 1) % 12]]
            session = Session(kernel, ResumeTokens(b"x", 60), said.append, client=ANN.client)
            session.phrase.signs = [Sign(1, (("book", 0.9),), 0.0, 1.0), Sign(2, (("go", 0.9),), 1.0, 2.0)]
            session._finish()
            for number in range(chosen):
                session.command(Choose(sign=1 + number % 2, gloss=LABELS[number % len(LABELS)]))
                await asyncio.sleep(0.01)
            async with asyncio.timeout(60):
                while not (last := [e for e in said if e.type == "english" and e.final]) or last[-1].glosses != right:
                    await asyncio.sleep(0.01)
            await session.close()
            await kernel.close()
            await translator.close()
            return [event for event in said if event.type == "english" and event.final]

        english = asyncio.run(correct())
    assert len(server.requests) == 5  # the burst of a session
    assert english[-1].source == "glosses"


def test_every_setting_of_the_budget_has_a_limit_by_default():
    defaults = TranslationSettings()
    assert all(getattr(defaults, name) > 0 for name in TranslationSettings.model_fields if "calls" in name)
    assert create_app(Settings()).state.settings.llm_calls_per_day > 0
