"""The JSON of each message of /live, which clients hold on to."""

from typing import get_args

import orjson
import pytest

from bentos.errors import RefusedError
from bentos.live import messages, wire

CANDIDATES = [{"gloss": "book", "score": 0.75}, {"gloss": "go", "score": 0.125}]
SIGN = {"sign": 3, "gloss": "book", "score": 0.75, "candidates": CANDIDATES, "start": 600.0, "end": 1800.5}
EVENTS = (
    {
        "type": "ready",
        "session": "a1",
        "resumed": False,
        "phrase": [SIGN],
        "model": "pose2gloss",
        "version": "3",
        "vocabulary": 300,
        "threshold": 0.35,
        "english": "glosses",
        "feedback": "off",
        "token": "t",
    },
    {"type": "hands", "left": True, "right": False},
    {"type": "sign_started", "sign": 3, "time": 600.0},
    {"type": "candidates", "sign": 3, "candidates": CANDIDATES},
    {"type": "committed", **SIGN, "token": "t"},
    {"type": "repeated", "sign": 4, "of": 3},
    {"type": "none", "sign": 5, "start": 200.0, "end": 300.0, "why": "too_short"},
    {"type": "none", "sign": 5, "start": 200.0, "end": 900.0, "why": "busy"},
    {"type": "none", "sign": 6, "start": 200.0, "end": 900.0, "why": "unsure", "candidates": CANDIDATES},
    {"type": "phrase", "signs": [SIGN], "token": "t"},
    {
        "type": "english",
        "phrase": 1,
        "text": "A book.",
        "source": "llm",
        "glosses": ["book"],
        "final": True,
        "token": "t",
    },
    {"type": "error", "error": "the token is not valid any more", "fatal": False},
)
COMMANDS = (
    ({"type": "start"}, messages.Start()),
    (
        {"type": "start", "aspect": 1.5, "top_n": 3, "threshold": 0.5, "english": False, "consent": True, "key": "k"},
        messages.Start(aspect=1.5, top_n=3, threshold=0.5, english=False, consent=True, key="k"),
    ),
    ({"type": "start", "token": "t", "vocabulary": ["go"]}, messages.Start(token="t", vocabulary=["go"])),
    ({"type": "choose", "sign": 3, "gloss": "go"}, messages.Choose(sign=3, gloss="go")),
    ({"type": "end"}, messages.End()),
    ({"type": "undo"}, messages.Undo()),
    ({"type": "clear"}, messages.Clear()),
    ({"type": "ping"}, messages.Ping()),
)


def classes(union) -> dict[str, type]:
    """The classes of a union by their `type`."""
    return {kind.model_fields["type"].default: kind for kind in get_args(get_args(union)[0])}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event["type"])
def test_the_json_of_an_event(event):
    made = classes(messages.ServerEvent)[event["type"]](**event)
    assert orjson.loads(wire.encode_event(made)) == event


@pytest.mark.parametrize(("command", "message"), COMMANDS, ids=str)
def test_the_json_of_a_command(command, message):
    assert wire.decode_message(orjson.dumps(command).decode()) == message


def test_every_message_has_its_json_here():
    assert {event["type"] for event in EVENTS} == classes(messages.ServerEvent).keys()
    assert {command["type"] for command, _ in COMMANDS} == classes(messages.ClientMessage).keys()


@pytest.mark.parametrize("fields", [{}, {"sign": 1}, {"sign": 1, "gloss": "go", "of": 2}, {"sign": "x", "gloss": "go"}])
def test_no_message_has_other_fields_than_its_own(fields):
    with pytest.raises(ValueError, match=r"sign|gloss|of"):
        messages.Choose(**fields)
    with pytest.raises(RefusedError, match="message choose"):
        wire.decode_message(orjson.dumps({"type": "choose", **fields}).decode())
