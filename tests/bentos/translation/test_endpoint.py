"""Servers with rules of their own, and set-ups that go wrong: English all the same, or one log line that helps."""

import asyncio
import logging

import pytest

from bentos.settings import Settings
from bentos.translation.answer import NoEnglishError
from bentos.translation.llm import Translator
from tests.bentos.environment import from_env
from tests.bentos.translation.asking import LATTICE, ask
from tests.bentos.translation.standin import StandIn, completion, refused, standing_in

SAID = "I want a book."
SLOWLY = {"llm_timeout_seconds": 5.0}
OTHERS = [(((f"gloss{i}", 0.9),),) for i in range(6)]


@pytest.fixture
def lines(caplog):
    """What the service's own loggers say."""
    caplog.set_level(logging.INFO, logger="bentos")
    return lambda: [r.getMessage() for r in caplog.records if r.name.startswith("bentos")]


def parameters(stand_in: StandIn) -> list[set[str]]:
    return [set(request) - {"model", "messages"} for request in stand_in.requests]


def test_a_model_that_refuses_parameters_is_asked_in_its_own_words_from_then_on(lines):
    with standing_in(StandIn("picky")) as stand_in:
        answers, _ = ask(stand_in, *OTHERS[:3], **SLOWLY)
    assert answers == [SAID] * 3
    assert parameters(stand_in) == [
        {"max_tokens", "temperature"},
        {"max_completion_tokens", "temperature"},
        *[{"max_completion_tokens"}] * 3,
    ]
    assert stand_in.requests[-1]["max_completion_tokens"] == 100
    assert [line for line in lines() if "max_tokens" in line] == [
        "the language model refuses the parameter max_tokens and is asked without it from now on"
    ]


def test_phrases_at_the_same_time_learn_it_too():
    async def run(url):
        translator = Translator(Settings(llm_base_url=url, **SLOWLY), "")
        answers = await asyncio.gather(*(translator.english(lattice) for lattice in OTHERS))
        await translator.close()
        return answers

    with standing_in(StandIn("picky")) as stand_in:
        assert asyncio.run(run(stand_in.url)) == [SAID] * 6


def test_what_a_model_refuses_can_be_set():
    more = from_env({"ISLR_LLM_LIMIT_PARAMETER": "max_completion_tokens", "ISLR_LLM_TEMPERATURE": "none"}).model_dump(
        include={"llm_limit_parameter", "llm_temperature"}
    )
    with standing_in(StandIn("picky")) as stand_in:
        answers, _ = ask(stand_in, **SLOWLY, **more)
    assert (answers, parameters(stand_in)) == ([SAID], [{"max_completion_tokens"}])


@pytest.mark.parametrize(
    ("refusal", "then"),
    [
        ((422, {"detail": [{"loc": ["body", "temperature"], "msg": "Extra inputs"}]}), {"max_tokens"}),
        ((400, {"error": {"message": "UnsupportedParams: temperature=0.7", "param": None}}), {"max_tokens"}),
        ((400, {"error": {"message": "`temperature` is deprecated", "param": "None"}}), {"max_tokens"}),
        ((400, {"error": "max_tokens: use max_completion_tokens"}), {"max_completion_tokens", "temperature"}),
    ],
)
def test_servers_say_it_differently(refusal, then):
    with standing_in(StandIn([refusal, "good"])) as stand_in:
        answers, _ = ask(stand_in, **SLOWLY)
    assert (answers, parameters(stand_in)[1:]) == ([SAID], [then])


def test_the_old_name_is_tried_when_the_new_one_is_unknown():
    with standing_in(StandIn([refused("max_completion_tokens", "is unknown"), "good"])) as stand_in:
        answers, _ = ask(stand_in, llm_limit_parameter="max_completion_tokens", **SLOWLY)
    assert (answers, parameters(stand_in)[1]) == ([SAID], {"max_tokens", "temperature"})


def test_a_server_that_takes_no_limit_is_not_asked_without_one():
    first, second = (refused(name, "is not supported") for name in ("max_tokens", "max_completion_tokens"))
    with standing_in(StandIn([first, second, second])) as stand_in:
        answers, _ = ask(stand_in, *OTHERS[:2], **SLOWLY)
    assert answers == ["refused"] * 2
    assert len(stand_in.requests) == 3


@pytest.mark.parametrize(
    ("manner", "reason"),
    [
        ((400, {"error": {"code": "content_filter", "message": "The response was filtered"}}), "filtered"),
        ((403, {"error": {"code": 403, "message": "Input was flagged", "metadata": {}}}), "filtered"),
        ((400, {"error": {"message": "context too long", "code": "context_length_exceeded"}}), "refused"),
        ((413, {"detail": "too large"}), "refused"),
        ((451, {}), "filtered"),
        (completion("I want", "content_filter"), "filtered"),
        (completion(None, refusal="I can't help with that."), "declined"),
        (completion("I want a", "length"), "unfinished"),
        (completion("<think>The user"), "unfinished"),
        (completion(""), "empty"),
    ],
)
def test_what_a_server_says_of_one_phrase_closes_it_to_nobody_else(manner, reason, lines):
    """Neither many of them, nor one among real failures."""
    with standing_in(StandIn(manner)) as stand_in:
        answers, _ = ask(stand_in, *OTHERS, llm_breaker_failures=2)
        assert answers == [reason] * 6
        assert len(stand_in.requests) == 6
        stand_in.manner = ["500", manner, "500", manner, "good"]
        answers, _ = ask(stand_in, *OTHERS[:5], llm_breaker_failures=2, llm_attempts=1)
    assert answers == ["server_error", reason, "server_error", reason, SAID]
    assert not [line for line in lines() for said in ("gloss1", "I want", "The user", "flagged") if said in line]


def test_a_cut_answer_tells_the_operator_once_what_to_set(lines):
    with standing_in(StandIn(completion("", "length"))) as stand_in:
        ask(stand_in, *OTHERS)
    assert len(lines()) == 1
    assert "ISLR_LLM_MAX_TOKENS is 100" in lines()[0]


@pytest.mark.parametrize("key", ["sk-secret\n", "  sk-secret ", '"sk-secret"', "'sk-secret'\r\n", "\ufeffsk-secret"])
def test_a_key_with_something_around_it_works_and_is_told_of_once(key, lines):
    with standing_in(StandIn()) as stand_in:
        assert ask(stand_in, *OTHERS[:3], key=key)[0] == [SAID] * 3
    assert set(stand_in.keys) == {"Bearer sk-secret"}
    assert len(lines()) == 1
    assert "OPENAI_API_KEY has spaces, a line end or quotes around it" in lines()[0]
    assert "sk-secret" not in lines()[0]


@pytest.mark.parametrize("key", ["sk-se cret", "sk-se\ncret", "Bearer sk-secret", "sk-sécret", "sk-se\x00cret"])
def test_a_key_that_cannot_be_one_is_not_sent_but_told_of_once(key, lines):
    with standing_in(StandIn()) as stand_in:
        assert ask(stand_in, *OTHERS[:3], key=key)[0] == ["misconfigured"] * 3
    assert stand_in.requests == []
    assert len(lines()) == 1
    assert "OPENAI_API_KEY has a space, a line end or a letter in it" in lines()[0]
    assert "cret" not in lines()[0]


def test_an_empty_key_is_none():
    assert not Translator(Settings(), "\n").enabled


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_of_once(status, lines):
    with standing_in(StandIn((status, {"error": {"message": "Incorrect API key provided: sk-secret"}}))) as stand_in:
        assert ask(stand_in, *OTHERS, llm_breaker_seconds=1e-9)[0] == ["refused_key"] * 6
    assert len(lines()) == 1
    assert f"{stand_in.url} refuses the key with {status}" in lines()[0]
    assert "sk-secret" not in lines()[0]


@pytest.mark.parametrize("end", ["", "/", "/v1/chat/completions"])
def test_a_wrong_address_is_told_of_once(end, lines):
    with standing_in(StandIn()) as stand_in:
        address = stand_in.url.removesuffix("/v1")
        stand_in.url = address.replace("//", "//user:passw0rd@") + end
        assert ask(stand_in, *OTHERS, llm_breaker_seconds=1e-9)[0] == ["not_found"] * 6
    assert len(lines()) == 1
    assert f"{address}{end.rstrip('/')}/chat/completions answers 404" in lines()[0]
    assert "mostly ends in /v1" in lines()[0]
    assert "passw0rd" not in lines()[0]


def test_a_web_page_in_place_of_an_answer_is_told_of_once(lines):
    with standing_in(StandIn("garbage")) as stand_in:
        assert ask(stand_in, *OTHERS[:3])[0] == ["garbage"] * 3
    assert len(lines()) == 1
    assert f"{stand_in.url}/chat/completions gives no chat completion" in lines()[0]


def test_what_goes_wrong_again_after_it_worked_is_told_of_again(lines):
    with standing_in(StandIn(["garbage", "garbage", "good", "garbage"])) as stand_in:
        ask(stand_in, *OTHERS[:4])
    assert len(lines()) == 2


@pytest.mark.parametrize(
    ("variable", "value", "shown"),
    [
        ("ALL_PROXY", "socks://127.0.0.1:1080", "ALL_PROXY=socks://…"),
        ("all_proxy", "socks5h://me:passw0rd@127.0.0.1:1080", "ALL_PROXY=socks5h://…"),
        ("HTTPS_PROXY", "socks4://127.0.0.1:1080", "HTTPS_PROXY=socks4://…"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_of_once(variable, value, shown, lines, monkeypatch):
    monkeypatch.setenv(variable, value)
    with standing_in(StandIn()) as stand_in:
        assert ask(stand_in, *OTHERS[:3])[0] == ["misconfigured"] * 3
    assert len(lines()) == 1
    assert f"{shown} cannot be used; right is the address of an http:// proxy" in lines()[0]
    assert "passw0rd" not in lines()[0]
    assert "sk-secret" not in lines()[0]


def test_whatever_else_keeps_the_client_from_being_made_is_named(lines, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere.pem")
    translator = Translator(Settings(), "sk-secret")
    with pytest.raises(NoEnglishError, match="misconfigured"):
        asyncio.run(translator.english(LATTICE))
    assert lines() == [
        "no English from the language model: misconfigured: its client cannot be made: FileNotFoundError"
    ]
