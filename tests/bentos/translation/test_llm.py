"""English by a language model that may do anything: answers come in time, and never more than they should be."""

import asyncio
import logging

import pytest

from bentos.settings import Settings
from bentos.translation.answer import NoEnglishError
from bentos.translation.llm import Translator
from tests.bentos.translation.asking import LATTICE, ask
from tests.bentos.translation.standin import StandIn, standing_in


def test_the_lattice_reaches_the_model_with_scores_and_parameters():
    with standing_in(StandIn()) as stand_in:
        answers, _ = ask(stand_in, llm_model="local-model", llm_temperature=0.3)
    assert answers == ["I want a book."]
    (request,) = stand_in.requests
    assert (request["model"], request["max_tokens"], request["temperature"]) == ("local-model", 100, 0.3)
    said = request["messages"][-1]["content"]
    assert '1. "book" (0.81), "drink" (0.10)' in said
    assert '2. "want" (0.55), "go" (0.40)' in said
    assert stand_in.keys == ["Bearer sk-secret"]


@pytest.mark.parametrize(
    ("manner", "reason", "asked"),
    [
        ("slow", "timeout", None),
        ("trickle", "timeout", None),
        ("429", "rate_limited", 3),
        ("500", "server_error", 3),
        ("no_quota", "no_quota", 1),
        ("401", "refused_key", 1),
        ("garbage", "garbage", 1),
        ("huge", "huge", 1),
        ("cut", "connection", 3),
    ],
)
def test_whatever_it_does_there_is_a_reason_in_time(manner, reason, asked):
    with standing_in(StandIn(manner)) as stand_in:
        answers, slowest = ask(stand_in)
    assert answers in ([reason], ["timeout"]) if asked == 3 else answers == [reason]
    assert slowest < 1.5
    assert asked is None or 1 <= len(stand_in.requests) <= asked


def test_nobody_there():
    nobody = StandIn()
    nobody.url = "http://127.0.0.1:9/v1"
    answers, slowest = ask(nobody)
    assert answers[0] in ("connection", "timeout")
    assert slowest < 1.5


def test_a_passing_failure_is_tried_again():
    with standing_in(StandIn(["500", "429", "good"])) as stand_in:
        answers, _ = ask(stand_in, llm_timeout_seconds=5)
    assert answers == ["I want a book."]
    assert len(stand_in.requests) == 3


def test_a_failing_model_is_left_alone_for_a_while():
    lattices = [(((f"gloss{i}", 0.9),),) for i in range(6)]
    with standing_in(StandIn("500")) as stand_in:
        answers, _ = ask(stand_in, *lattices, llm_breaker_failures=2, llm_attempts=1)
    assert answers == ["server_error"] * 2 + ["breaker_open"] * 4
    assert len(stand_in.requests) == 2


def test_the_same_question_is_asked_once():
    with standing_in(StandIn()) as stand_in:
        answers, _ = ask(stand_in, times=5)
    assert answers == ["I want a book."] * 5
    assert len(stand_in.requests) == 1


def test_the_same_question_at_the_same_time_is_asked_once():
    async def run(url):
        translator = Translator(Settings(llm_base_url=url), "")
        answers = await asyncio.gather(*(translator.english(LATTICE) for _ in range(8)))
        await translator.close()
        return answers

    with standing_in(StandIn(seconds=0.2)) as stand_in:
        assert asyncio.run(run(stand_in.url)) == ["I want a book."] * 8
    assert len(stand_in.requests) == 1


def test_without_key_and_endpoint_nothing_is_asked():
    translator = Translator(Settings(), "")
    with pytest.raises(NoEnglishError, match="no_key"):
        asyncio.run(translator.english(LATTICE))


def test_long_answers_are_bounded():
    with standing_in(StandIn("long")) as stand_in:
        answers, _ = ask(stand_in)
    assert len(answers[0]) <= 300
    assert answers[0].endswith(".")


def test_neither_key_nor_text_reaches_the_log(caplog):
    caplog.set_level(logging.DEBUG, logger="bentos")
    for manner in ("good", "500", "401", "garbage", "cut"):
        with standing_in(StandIn(manner)) as stand_in:
            ask(stand_in)
    own = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("bentos"))
    assert "no English" in own
    for secret in ("sk-secret", "book", "drink", "I want"):
        assert secret not in own
