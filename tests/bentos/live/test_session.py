"""Signs become glosses and phrases text, over a socket and with a tiny real model."""

import pytest

from tests.bentos.live.clients import FPS, client_for, phrase, send, until
from tests.bentos.live.streams import drawn_sign, resting, stamped


def test_a_sign_becomes_a_gloss_and_the_phrase_a_text(client):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.2))
        ready, _ = until(socket, "ready")
        assert (ready["model"], ready["resumed"], ready["english"]) == ("pose2gloss", False, "glosses")
        committed, before = until(socket, "committed")
        kinds = [event["type"] for event in before]
        assert kinds.index("hands") < kinds.index("sign_started") < kinds.index("committed")
        assert abs(committed["start"] - 600) < 300
        assert abs(committed["end"] - 1800) < 300
        loaded = client.app.state.kernel.recogniser.loaded
        expected = loaded.best(loaded.predict(drawn_sign(FPS, 1.2, x=0.2), None, None), 1)[0]
        assert committed["gloss"] == expected["gloss"]
        english, _ = until(socket, "english")
        assert english["source"] == "glosses"
        assert english["glosses"] == [committed["gloss"]]
        assert english["final"]
        assert english["token"]


def test_the_rest_after_a_sign_is_not_announced_as_another(client):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.2, 0.9))
        seen = []
        until(socket, "english", seen)
    started = [e["sign"] for e in seen if e["type"] == "sign_started"]
    assert started == [e["sign"] for e in seen if e["type"] == "committed"]
    assert not [e for e in seen if e["type"] == "none"]


def test_candidates_come_while_the_sign_is_under_way(client):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.2)[: int(FPS * 1.76)])
        event, _ = until(socket, "candidates")
        assert len(event["candidates"]) == 5
        scores = [c["score"] for c in event["candidates"]]
        assert scores == sorted(scores, reverse=True)


def test_a_repeat_is_merged_and_another_sign_is_not(tiny_model):
    client = client_for(tiny_model, live_repeat_seconds=5)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, 0.1, 0.9, rest=0.7))
        seen = []
        until(socket, "english", seen)
    kinds = [e["type"] for e in seen if e["type"] in ("committed", "repeated")]
    glosses = [e["gloss"] for e in seen if e["type"] == "committed"]
    assert kinds == ["committed", "repeated", "committed"]
    assert len(set(glosses)) == 2


def test_unsure_signs_are_none_of_these(tiny_model):
    client = client_for(tiny_model)
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "threshold": 1.0})
        send(socket, phrase(0.2))
        event, seen = until(socket, "none")
        assert event["why"] == "unsure"
        assert not any(e["type"] == "committed" for e in seen)


def test_a_person_gives_an_unsure_sign_its_word(client):
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "threshold": 1.0})
        send(socket, phrase(0.2, 0.9))
        first, _ = until(socket, "none")
        second, _ = until(socket, "none")
        for event in (second, first):
            socket.send_json({"type": "choose", "sign": event["sign"], "gloss": event["candidates"][1]["gloss"]})
            said, _ = until(socket, "phrase")
        signs = [(sign["sign"], sign["gloss"], sign["score"]) for sign in said["signs"]]
        assert signs == [(event["sign"], event["candidates"][1]["gloss"], 1.0) for event in (first, second)]


def test_idle_hands_give_nothing(client):
    hands = drawn_sign(FPS)[0, :42]
    with client.websocket_connect("/live") as socket:
        send(socket, stamped([resting(FPS, 8, hands, jitter=0.001)], FPS))
        socket.send_json({"type": "undo"})
        _, seen = until(socket, "phrase")
    assert [e["type"] for e in seen] == ["ready", "hands", "phrase"]


def test_a_person_corrects_undoes_and_ends(client):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, 0.9, rest=0.6))
        first, _ = until(socket, "committed")
        until(socket, "committed")
        socket.send_json({"type": "choose", "sign": first["sign"], "gloss": "fine"})
        assert until(socket, "phrase")[0]["signs"][0]["gloss"] == "fine"
        socket.send_json({"type": "undo"})
        assert len(until(socket, "phrase")[0]["signs"]) == 1
        socket.send_json({"type": "end"})
        assert until(socket, "english")[0]["glosses"] == ["fine"]
        socket.send_json({"type": "choose", "sign": first["sign"], "gloss": "go"})
        assert until(socket, "english")[0]["text"] == "Go."
        socket.send_json({"type": "choose", "sign": first["sign"], "gloss": "nothing"})
        assert "vocabulary" in until(socket, "error")[0]["error"]


def test_a_lost_phrase_goes_on_in_another_process(client, tiny_model):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, rest=0.6))
        committed, _ = until(socket, "committed")
    other = client_for(tiny_model)  # another process: the same secret and nothing else in common
    with other.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "token": committed["token"]})
        ready, _ = until(socket, "ready")
        assert ready["resumed"]
        assert [s["gloss"] for s in ready["phrase"]] == [committed["gloss"]]
        send(socket, phrase(0.9, start=100.0))
        english, seen = until(socket, "english")
        assert english["glosses"] == [committed["gloss"], next(e for e in seen if e["type"] == "committed")["gloss"]]


@pytest.mark.parametrize("spoil", [lambda t: t[:-4] + "AAAA", lambda t: "nonsense", lambda t: "é" * 9])
def test_a_forged_token_begins_anew(client, spoil):
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start"})
        token = until(socket, "ready")[0]["token"]
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "token": spoil(token)})
        assert "token" in until(socket, "error")[0]["error"]
        assert not until(socket, "ready")[0]["resumed"]


def test_frames_beyond_the_allowed_rate_are_dropped(tiny_model):
    client = client_for(tiny_model, live_max_fps=5)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.2))
        socket.send_json({"type": "undo"})
        _, seen = until(socket, "phrase")
        assert "committed" not in [e["type"] for e in seen]


@pytest.mark.parametrize("message", [{"type": "start"}, {"type": "ping"}, {"type": "dance"}])
def test_no_other_message_clears_the_phrase(client, message):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, rest=0.6))
        committed, _ = until(socket, "committed")
        socket.send_json(message)
        socket.send_json({"type": "end"})
        english, seen = until(socket, "english")
    assert english["glosses"] == [committed["gloss"]]
    errors = [event["error"] for event in seen if event["type"] == "error"]
    assert len(errors) == (message["type"] != "ping")
