"""Who may open a live socket, what it refuses, and when it is closed."""

import time

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bentos.live import socket as socket_module
from bentos.live import wire
from tests.bentos.live.clients import client_for, phrase, send, until


def exhaust(socket):
    while True:
        socket.receive_json()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "first byte"),
        (b"\x07" + b"\0" * 100, "first byte"),
        (b"\x01" + b"\0" * 100, "101 bytes; right are 1096"),
        (wire.encode_frame(float("nan"), np.zeros((180, 3))), "time of a frame"),
        (wire.encode_frame(-1, np.zeros((180, 3))), "time of a frame"),
        (wire.encode_frame(0, np.full((180, 3), np.inf)), "point 0"),
        (wire.encode_frame(0, np.full((180, 3), 320.0)), "image fraction"),
        (wire.encode_frame(0, np.zeros((180, 3))), "all 21 points of the left hand are equal, (0, 0, 0)"),
        ("{", "message type"),
        ('{"type": "dance"}', "type"),
        ('{"type": "start", "top_n": 0}', "top_n"),
        ('{"type": "start", "extra": 0}', "extra"),
        ('{"type": "start", "vocabulary": []}', "vocabulary"),
        ('{"type": "start", "vocabulary": "book"}', "vocabulary"),
        ('{"type": "start", "vocabulary": ["book", ""]}', "vocabulary.1"),
        ('{"type": "start", "vocabulary": ["' + "x" * 65 + '"]}', "vocabulary.0"),
    ],
)
def test_mistakes_get_a_sentence_and_the_session_goes_on(client, content, says):
    with client.websocket_connect("/live") as socket:
        socket.send_text(content) if isinstance(content, str) else socket.send_bytes(content)
        assert says in until(socket, "error")[0]["error"]
        send(socket, phrase(0.2))
        until(socket, "committed")


def test_too_many_mistakes_and_too_large_messages_end_the_session(client):
    for message, count, code in ((b"", 50, 1008), (b"\1" * 5000, 1, 1009)):
        with client.websocket_connect("/live") as socket:
            for _ in range(count):
                socket.send_bytes(message)
            with pytest.raises(WebSocketDisconnect) as closed:
                exhaust(socket)
            assert closed.value.code == code


def test_other_origins_are_refused(client):
    with (
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect("/live", headers={"origin": "https://elsewhere.example"}),
    ):
        pass
    with client.websocket_connect("/live", headers={"origin": "http://testserver"}) as socket:
        socket.send_json({"type": "start"})
        until(socket, "ready")


def test_a_full_server_and_one_without_model_say_so(tiny_model, tmp_path):
    for client, says in (
        (client_for(tiny_model, live_sessions=0), "try again later"),
        (client_for(tmp_path / "nothing"), "no model is loaded"),
    ):
        with client.websocket_connect("/live") as socket:
            event = socket.receive_json()
            assert event["fatal"]
            assert says in event["error"]


def test_a_silent_session_is_closed(tiny_model):
    client = client_for(tiny_model, live_idle_seconds=0.3)
    began = time.monotonic()
    with client.websocket_connect("/live") as socket:
        assert "nothing was heard" in socket.receive_json()["error"]
    assert time.monotonic() - began < 5


def test_one_client_cannot_hold_all_sessions(tiny_model):
    client = client_for(tiny_model, live_sessions_per_client=2)
    other = TestClient(client.app, client=("198.51.100.7", 1))
    with client.websocket_connect("/live"), client.websocket_connect("/live"):
        with client.websocket_connect("/live") as third:
            assert "2 sessions are open from this address" in third.receive_json()["error"]
        with other.websocket_connect("/live") as socket:
            socket.send_json({"type": "start"})
            until(socket, "ready")
    with client.websocket_connect("/live") as socket:  # their places are free again
        socket.send_json({"type": "start"})
        until(socket, "ready")


def test_a_session_that_never_begins_does_not_keep_its_place(tiny_model, monkeypatch):
    monkeypatch.setattr(socket_module, "BEGIN_SECONDS", 0.1)
    client = client_for(tiny_model, live_idle_seconds=600)
    with client.websocket_connect("/live") as socket:
        assert "nothing was heard for 0.1 s" in socket.receive_json()["error"]


def test_when_the_service_stops_a_client_gets_its_phrase_with_a_token_and_1001(client):
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start"})
        until(socket, "ready")
        client.app.state.kernel.draining = True
        left, _ = until(socket, "phrase")
        assert left["token"]
        assert socket.receive_json()["fatal"]
        with pytest.raises(WebSocketDisconnect) as closed:
            exhaust(socket)
        assert closed.value.code == 1001


@pytest.mark.parametrize(
    "origin", ["http://xn--\xff", "http://[", "http://\xad", "http://a..b", "\xff://x:99999999", "\x80"]
)
def test_an_origin_that_cannot_be_read_is_refused_and_no_failure(client, origin, caplog):
    headers = {"origin": origin.encode("latin-1")}
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/live", headers=headers):
        pass
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.parametrize("path", ["/web/page.js", "/assets/x", "/nowhere", "/health"])
def test_a_socket_elsewhere_gets_an_answer(client, path):
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(path):
        pass


def test_a_list_of_wrong_glosses_costs_no_more_than_its_first(client):
    with client.websocket_connect("/live") as socket:
        socket.send_text('{"type": "start", "vocabulary": [' + "0," * 80_000 + "0]}")
        assert until(socket, "error")[0]["error"].startswith("message start.vocabulary.0:")
