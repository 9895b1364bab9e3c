"""What a request may cost before its route has looked at it."""

import asyncio
import threading

import pytest

from bentos.http import bodies, bounds
from bentos.http.app import create_app
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import as_json, client_for
from tests.bentos.http.asgi import HANGS_UP, ask, part, scope

F16 = next(iter(bodies.MEDIA_TYPES))
JSON = {"content-type": "application/json"}
TAKING = ("/predict", "/translate", "/feedback")
OTHERS = ("/health", "/metadata", "/vocabulary", "/vocabulary/book", "/", "/web/page.js", "/nowhere", "/metrics")


@pytest.fixture
def app(client):
    made = create_app(Settings(rate_per_minute=0, costly_per_minute=0))
    made.state.kernel = client.app.state.kernel
    return made


@pytest.mark.parametrize(("path", "size"), [("/predict", 9 * 2**20), ("/translate", 300_000), ("/feedback", 300_000)])
def test_json_may_be_as_large_as_what_is_asked_for(client, path, size):
    answer = client.post(path, content=b"0" * size, headers=JSON)
    assert answer.status_code == 413
    assert client.post(path, content=b"0" * 1000, headers=JSON).status_code in (400, 422)


def test_a_longest_clip_still_fits(client, clip):
    longest = clip[:16].repeat(32, axis=0)  # 512 frames
    assert client.post("/predict", json=as_json(longest)).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("path", [*TAKING, *OTHERS])
def test_a_body_in_chunks_that_is_too_large_is_413_everywhere(app, path, method):
    sent = asyncio.run(ask(app, scope(path, method), (part(b"0" * 2**16) for _ in range(300))))
    assert sent[0]["status"] == 413
    assert b"right is at most" in sent[1]["body"]


@pytest.mark.parametrize("path", [*TAKING, "/nowhere"])
def test_a_client_that_hangs_up_is_no_failure_of_the_service(app, path, caplog):
    sent = asyncio.run(ask(app, scope(path), [part(b"{"), HANGS_UP]))
    assert sent[0]["status"] == bounds.GONE
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


def test_the_job_of_a_client_that_is_gone_is_dropped(app, clip):
    """While the model is busy, the client hangs up: its clip never reaches the model."""
    kernel, go, seen = app.state.kernel, threading.Event(), []
    headers = {"content_type": F16}

    async def hang_up():
        busy = asyncio.create_task(kernel.recogniser.run(go.wait))
        await asyncio.sleep(0)
        body = [part(clip.astype("<f2").tobytes(), more=False), HANGS_UP]
        sent = await ask(app, scope("/predict", **headers), body)
        go.set()
        await busy
        await kernel.recogniser.run(lambda: seen.append("the next"))
        return sent

    loaded = kernel.recogniser.loaded
    before, loaded.model = loaded.model, None  # whoever asks it fails
    try:
        assert asyncio.run(asyncio.wait_for(hang_up(), 60))[0]["status"] == bounds.GONE
    finally:
        loaded.model = before
    assert seen == ["the next"]


@pytest.mark.parametrize(
    "path", ["/%00", "/web/%00", "/web/a%00b.js", "/vocabulary/%00", "/assets/%00", "/a%0ab"]
    + [start + "x" * length for start in ("/", "/web/", "/assets/", "/vocabulary/") for length in (300, 5000)]
)  # fmt: skip
def test_names_that_no_file_has_are_404(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_one_client_sends_so_many_bodies_at_a_time(app, monkeypatch):
    monkeypatch.setattr(bounds, "BODIES_A_CLIENT", 3)

    async def crowd():
        slow = [asyncio.create_task(ask(app, scope("/predict"), [part(b"{")])) for _ in range(3)]
        await asyncio.sleep(0)
        refused = await ask(app, scope("/predict"), [part(b"{}", more=False)])
        other = await ask(app, scope("/predict", client="198.51.100.2"), [part(b"{}", more=False)])
        for task in slow:
            task.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        later = await ask(app, scope("/predict"), [part(b"{}", more=False)])
        return [answer[0]["status"] for answer in (refused, other, later)]

    assert asyncio.run(crowd()) == [429, 422, 422]
    assert not app.state.readings.of_client


def test_a_body_that_comes_a_byte_at_a_time_is_given_up(app, monkeypatch):
    monkeypatch.setattr(bounds, "PATIENCE", 0.05)

    sent = asyncio.run(asyncio.wait_for(ask(app, scope("/predict"), [part(b"{") for _ in range(5)]), 30))
    assert sent[0]["status"] == 408


def test_a_half_sent_body_does_not_keep_a_service_that_stops(app):
    async def stop():
        half = asyncio.create_task(ask(app, scope("/predict"), [part(b"{")]))
        await asyncio.sleep(0)
        app.state.readings.hurry(0.01)
        return await half, await ask(app, scope("/translate"), [part(b"{")])

    for sent in asyncio.run(asyncio.wait_for(stop(), 30)):
        assert sent[0]["status"] == 503
        assert b"the service is stopping" in sent[1]["body"]


def test_predict_is_limited_by_default(tiny_model):
    client = client_for(FolderSource(tiny_model), Settings())
    limit = client.app.state.guard._free
    assert limit.rate > 0
    limit.burst, limit._clock = 3, lambda: 0.0
    assert [client.post("/predict", content=b"{").status_code for _ in range(5)] == [400] * 3 + [429] * 2
