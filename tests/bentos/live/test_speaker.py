"""English for finished phrases, prompt or late."""

import asyncio

from tests.bentos.live.clients import client_for, phrase, send, until


def test_late_english_replaces_the_glosses(tiny_model):
    async def slow(lattice, context, asker):
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

    async def quick(lattice, context, asker):
        asked.append(context)
        return {"text": f"Sentence {len(asked)}."}

    client = client_for(tiny_model, quick)
    with client.websocket_connect("/live") as socket:
        send(socket, phrase(0.1, rest=1.5))
        assert until(socket, "english")[0]["text"] == "Sentence 1."
        send(socket, phrase(0.9, rest=1.5, start=20.0))
        assert until(socket, "english")[0]["text"] == "Sentence 2."
    assert asked == [(), ("Sentence 1.",)]


def test_english_by_a_language_model_can_want_a_key(tiny_model):
    async def quick(lattice, context, asker):
        return {"text": "Costly."}

    client = client_for(tiny_model, quick, api_key="s3cret")
    for key, source in ((None, "glosses"), ("wrong", "glosses"), ("s3cret", "llm")):
        with client.websocket_connect("/live") as socket:
            socket.send_json({"type": "start", "key": key})
            assert until(socket, "ready")[0]["english"] == source
