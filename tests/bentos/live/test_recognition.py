"""Which glosses a session chooses from, with a tiny real model."""

import pytest
from starlette.websockets import WebSocketDisconnect

from bentos.model.versions import FolderSource
from tests.bentos.clients import as_json
from tests.bentos.live.clients import FPS, client_for, phrase, said_of_a_sign, send, until
from tests.bentos.live.streams import drawn_sign
from tests.bentos.tiny_model import LABELS, altered


def test_a_vocabulary_bounds_what_is_committed_and_leaves_the_scores(client):
    said = said_of_a_sign(client)
    chosen = list(said)[1:4]  # not the likeliest
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "vocabulary": [*chosen, chosen[0]]})
        assert until(socket, "ready")[0]["vocabulary"] == 3
        send(socket, phrase(0.2))
        committed, seen = until(socket, "committed")
    assert [c["gloss"] for c in committed["candidates"]] == chosen
    assert committed["score"] == pytest.approx(said[chosen[0]], rel=0.2, abs=0.02)  # renormalised it would be near 1
    assert sum(c["score"] for c in committed["candidates"]) < 1 - 0.9 * next(iter(said.values()))
    glimpsed = [c["gloss"] for e in seen if e["type"] == "candidates" for c in e["candidates"]]
    assert set(glimpsed) <= set(chosen)


def test_a_sign_outside_the_vocabulary_is_unsure(client):
    likeliest, *others = said_of_a_sign(client)
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "vocabulary": others, "threshold": 0.5})
        send(socket, phrase(0.2))
        event, _ = until(socket, "none")
    assert event["why"] == "unsure"
    assert likeliest not in [c["gloss"] for c in event["candidates"]]


def test_the_operators_choice_holds_where_the_signer_has_none(tiny_model):
    client = client_for(tiny_model, vocabulary="first 3")
    for start, count in (({}, 3), ({"vocabulary": None}, 3), ({"vocabulary": LABELS}, 12)):
        with client.websocket_connect("/live") as socket:
            socket.send_json({"type": "start", "top_n": 10} | start)
            assert until(socket, "ready")[0]["vocabulary"] == count
            send(socket, phrase(0.2))
            glosses = [c["gloss"] for c in until(socket, "committed")[0]["candidates"]]
            assert set(glosses) <= set(LABELS[:count])
            assert len(glosses) == min(count, 10)


@pytest.mark.parametrize(
    ("vocabulary", "says"),
    [
        (["book", "zebra", "gnu"], "'zebra' and 'gnu' are not in the model's vocabulary; GET /metadata lists it"),
        (["é" * 64], "'" + "é" * 40 + "' is not"),
        (["book"] * 13, "has 13 glosses; right is at most 12, the number of labels"),
    ],
)
def test_no_session_begins_with_glosses_that_the_model_does_not_know(client, vocabulary, says):
    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "vocabulary": vocabulary})
        event = socket.receive_json()
        assert (event["type"], event["fatal"]) == ("error", True)
        assert says in event["error"]
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
    assert closed.value.code == 1008
    assert len(closed.value.reason.encode()) <= 123


def test_a_version_that_lacks_chosen_glosses_says_so_and_goes_on_with_the_others(tiny_model, tmp_path):
    client = client_for(tiny_model)
    first, second = list(said_of_a_sign(client))[:2]
    recogniser = client.app.state.kernel.recogniser

    def change(number: int, *lost: str) -> None:
        labels = [f"other {gloss}" if gloss in lost else gloss for gloss in LABELS]
        folder = altered(tiny_model, tmp_path / str(number), labels=labels)
        recogniser.source = FolderSource(folder, {"version": str(number)})
        assert recogniser.refresh()

    with client.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "vocabulary": [first, second], "top_n": 10})
        until(socket, "ready")
        change(8, first)
        send(socket, phrase(0.2))
        error, _ = until(socket, "error")
        assert f"version 8, which serves now, does not know '{first}' of the chosen glosses" in error["error"]
        assert "it chooses from the other 1" in error["error"]
        assert [c["gloss"] for c in until(socket, "committed")[0]["candidates"]] == [second]
        change(9, first, second)
        send(socket, phrase(0.2, start=50))
        error, _ = until(socket, "error")
        assert "no sign is recognised any more" in error["error"]
        none, seen = until(socket, "none")
        assert none["why"] == "unsure"
        assert "candidates" not in [e["type"] for e in seen]
        change(10)  # knows them all again
        send(socket, phrase(0.2, start=100))
        committed, seen = until(socket, "committed")
        assert [c["gloss"] for c in committed["candidates"]] == [first, second]
        assert "error" not in [e["type"] for e in seen]


def embedded(client, x: float) -> tuple[str, str]:
    """The space and a take of the sign in `phrase(x)`."""
    told = client.post("/embed", json=as_json(drawn_sign(FPS, 1.2, x=x), fps=FPS)).json()
    return told["space"], told["embedding"]


@pytest.fixture(scope="module")
def taught(embedding_model):
    return client_for(embedding_model)


def test_a_taught_sign_is_recognised_among_the_glosses_and_may_be_chosen(taught):
    space, take = embedded(taught, 0.35)
    with taught.websocket_connect("/live") as socket:
        own = {"space": space, "signs": [{"name": "Anna", "takes": [take, take]}]}
        socket.send_json({"type": "start", "own_signs": own, "vocabulary": ["book", "go"]})
        send(socket, phrase(0.35, rest=0.6))
        committed, _ = until(socket, "committed")
        assert (committed["gloss"], len(committed["candidates"])) == ("Anna", 3)
        socket.send_json({"type": "choose", "sign": committed["sign"], "gloss": "book"})
        assert until(socket, "phrase")[0]["signs"][0]["gloss"] == "book"
        socket.send_json({"type": "choose", "sign": committed["sign"], "gloss": "Anna"})
        assert until(socket, "phrase")[0]["signs"][0]["gloss"] == "Anna"
        socket.send_json({"type": "end"})
        assert until(socket, "english")[0]["text"] == "Anna."
        socket.send_json({"type": "choose", "sign": committed["sign"], "gloss": "Ben"})
        assert "nor an own sign" in until(socket, "error")[0]["error"]


def test_a_movement_that_is_no_sign_says_when_it_was(taught):
    with taught.websocket_connect("/live") as socket:
        socket.send_json({"type": "start", "threshold": 1})
        send(socket, phrase(0.35))
        event, _ = until(socket, "none")
    assert 0 < event["end"] - event["start"] < 3000


def test_a_version_that_cannot_compare_own_signs_refuses_them(taught, client):
    space, take = embedded(taught, 0.35)
    own = {"space": space, "signs": [{"name": "Anna", "takes": [take]}]}
    for front, given, says in (
        (client, own, "takes no own signs"),
        (taught, own | {"space": "elsewhere"}, "do not compare with this version"),
    ):
        with front.websocket_connect("/live") as socket:
            socket.send_json({"type": "start", "own_signs": given})
            event = socket.receive_json()
            assert (event["type"], event["fatal"]) == ("error", True)
            assert says in event["error"]


def test_another_version_under_a_session_says_that_own_signs_are_not_compared(embedding_model, tiny_model):
    client = client_for(embedding_model)
    space, take = embedded(client, 0.35)
    recogniser = client.app.state.kernel.recogniser
    with client.websocket_connect("/live") as socket:
        own = {"space": space, "signs": [{"name": "Anna", "takes": [take]}]}
        socket.send_json({"type": "start", "own_signs": own})
        until(socket, "ready")
        recogniser.source = FolderSource(tiny_model, {"version": "8"})
        assert recogniser.refresh()
        send(socket, phrase(0.35))
        assert "version 8, which serves, takes no own signs" in until(socket, "error")[0]["error"]
        committed, seen = until(socket, "committed")
    assert "Anna" not in [c["gloss"] for c in committed["candidates"]]
    assert len([event for event in seen if event["type"] == "error"]) <= 1
