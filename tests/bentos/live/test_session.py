"""Live sessions over a socket, with a tiny real model."""

import asyncio
import time
from pathlib import Path

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from bentos.http.app import create_app
from bentos.kernel import Kernel
from bentos.live import wire
from bentos.model.recogniser import Recogniser
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.live.streams import drawn_sign, resting, stamped
from tests.bentos.tiny_model import LABELS, altered

FPS = 25
FAST = {"live_max_fps": 1e6, "live_threshold": 0.0, "resume_secret": "shared", "live_phrase_pause": 1.0}


def client_for(folder: Path, runner=None, **more) -> TestClient:
    settings = Settings(**(FAST | more))
    app = create_app(settings)
    recogniser = Recogniser(FolderSource(folder), vocabulary=settings.vocabulary)
    app.state.kernel = Kernel(settings, recogniser, runner, runner is not None)
    asyncio.run(app.state.kernel.start())
    return TestClient(app)


@pytest.fixture
def client(tiny_model) -> TestClient:
    return client_for(tiny_model)


def send(socket, frames, dtype="<f2"):
    for now, landmarks in frames:
        socket.send_bytes(wire.encode_frame(now, landmarks, dtype))


def until(socket, kind, also=None):
    """Events up to the first of a kind."""
    seen = []
    for _ in range(400):
        event = socket.receive_json()
        if also is not None:
            also.append(event)
        seen.append(event)
        if event["type"] == kind:
            return event, seen
        assert not (event["type"] == "error" and event["fatal"]), event
    raise AssertionError(f"no {kind} in {[e['type'] for e in seen]}")


def exhaust(socket):
    while True:
        socket.receive_json()


def phrase(*xs, start=0.0, rest=1.2):
    """Frames of a phrase: one sign for each x, far enough apart in place to be different glosses."""
    parts = [resting(FPS, 0.6)]
    for x in xs:
        parts += [drawn_sign(FPS, 1.2, x=x), resting(FPS, rest)]
    return stamped(parts, FPS, start)


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


def test_candidates_come_while_the_sign_is_under_way(client):
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.2)[: int(FPS * 1.6)])
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


def said_of_a_sign(client, x=0.2) -> dict[str, float]:
    """The model's probabilities of the sign in `phrase(x)`, best first."""
    loaded = client.app.state.kernel.recogniser.loaded
    probabilities = loaded.predict(drawn_sign(FPS, 1.2, x=x), None, None)
    return {c["gloss"]: c["score"] for c in loaded.best(probabilities, 12, loaded.among(loaded.labels))}


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


def test_late_english_replaces_the_glosses(tiny_model):
    async def slow(lattice, context):
        await asyncio.sleep(1.0)
        return {"text": "A late sentence."}

    client = client_for(tiny_model, slow)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1))
        first, _ = until(socket, "english")
        second, _ = until(socket, "english")
    assert (first["source"], first["final"]) == ("glosses", False)
    assert (second["source"], second["final"], second["text"]) == ("llm", True, "A late sentence.")
    assert first["phrase"] == second["phrase"]


def test_prompt_english_comes_alone_and_the_next_phrase_has_its_context(tiny_model):
    asked = []

    async def quick(lattice, context):
        asked.append(context)
        return {"text": f"Sentence {len(asked)}."}

    client = client_for(tiny_model, quick)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, rest=1.5))
        assert until(socket, "english")[0]["text"] == "Sentence 1."
        send(socket, phrase(0.9, rest=1.5, start=20.0))
        assert until(socket, "english")[0]["text"] == "Sentence 2."
    assert asked == [(), ("Sentence 1.",)]


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


def test_english_by_a_language_model_can_want_a_key(tiny_model):
    async def quick(lattice, context):
        return {"text": "Costly."}

    client = client_for(tiny_model, quick, api_key="s3cret")
    for key, source in ((None, "glosses"), ("wrong", "glosses"), ("s3cret", "llm")):
        with client.websocket_connect("/live") as socket:
            socket.send_json({"type": "start", "key": key})
            assert until(socket, "ready")[0]["english"] == source


def test_frames_beyond_the_allowed_rate_are_dropped(tiny_model):
    client = client_for(tiny_model, live_max_fps=5)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.2))
        socket.send_json({"type": "undo"})
        _, seen = until(socket, "phrase")
        assert "committed" not in [e["type"] for e in seen]
