"""What every request goes through, for pages of this origin and of others."""

import asyncio
import gzip
import json

import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from uvicorn.protocols.utils import ClientDisconnected

from bentos.http import bodies, bounds
from bentos.http.app import create_app
from bentos.settings import Settings
from tests.bentos.clients import NoSource, client_for
from tests.bentos.environment import from_env

NAMED, OTHER = "https://named.example", "https://other.example"
ROUTES = ("/predict", "/embed", "/translate", "/feedback")
JSON = {"content-type": "application/json"}


def named(client: TestClient, origins: tuple[str, ...] = (NAMED,), **more) -> TestClient:
    """A client of a front that serves the same model to pages of these origins."""
    app = create_app(Settings(cors_origins=origins, max_body_bytes=4096, **more))
    app.state.kernel = client.app.state.kernel
    return TestClient(app)


def chunks():
    for _ in range(5):
        yield b"0" * 1000


def fails(*_):
    raise RuntimeError("secret detail")


EARLY = [
    ("GET", "/nowhere", {}, 404),
    ("DELETE", "/predict", {}, 405),
    ("POST", "/predict", {"content": b"{", "headers": JSON}, 400),
    ("POST", "/predict", {"content": b"0" * 5000, "headers": JSON}, 413),
    ("POST", "/translate", {"content": b"0" * 5000, "headers": JSON}, 413),
    ("POST", "/feedback", {"content": b"0", "headers": JSON | {"content-length": "9" * 5000}}, 413),
    *[("POST", path, {"content": chunks(), "headers": JSON}, 413) for path in ROUTES],
    ("POST", "/predict", {"content": b"x", "headers": {"content-type": "text/plain"}}, 415),
    ("POST", "/predict", {"content": b"x", "headers": JSON | {"content-encoding": "gzip"}}, 415),
    ("POST", "/translate", {"json": {}}, 422),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), EARLY)
def test_pages_of_named_origins_can_read_refusals(client, method, path, body, status):
    headers = body.get("headers", {}) | {"origin": NAMED}
    answer = named(client).request(method, path, **(body | {"headers": headers}))
    assert answer.status_code == status
    assert answer.json()["error"]
    assert answer.headers["access-control-allow-origin"] == NAMED
    assert answer.headers["x-request-id"]
    assert answer.headers["x-frame-options"] == "DENY"


def test_they_can_read_refusals_for_want_of_a_key_a_turn_or_a_model(client):
    wanting = named(client, api_key="s3cret", rate_per_minute=1)
    starting = TestClient(create_app(Settings(cors_origins=(NAMED,))))
    empty = named(client_for(NoSource(), Settings()))
    refusals = [wanting.post("/translate", json={}, headers={"origin": NAMED})]
    refusals += [wanting.post("/predict", content=b"{", headers={"origin": NAMED}) for _ in range(6)][-1:]
    refusals += [c.get(p, headers={"origin": NAMED}) for c in (starting, empty) for p in ("/health", "/metadata")]
    assert [answer.status_code for answer in refusals] == [401, 429, 503, 503, 503, 503]
    assert {answer.headers.get("access-control-allow-origin") for answer in refusals} == {NAMED}
    assert "retry-after" in refusals[1].headers["access-control-expose-headers"]


def test_they_can_read_that_the_service_failed(client, monkeypatch):
    failing = named(client)
    monkeypatch.setattr(failing.app.state.guard, "check", fails)
    answer = failing.post("/predict", content=b"{", headers={"origin": NAMED, "x-request-id": "my-id"})
    assert (answer.status_code, answer.json()) == (
        503,
        {"error": "the service failed on this request; its id is my-id"},
    )
    assert answer.headers["access-control-allow-origin"] == NAMED
    assert answer.headers["x-request-id"] == "my-id"


@pytest.mark.parametrize("path", ROUTES)
def test_they_can_read_that_a_body_is_too_slow(client, path, monkeypatch):
    monkeypatch.setattr(bounds, "BODY_SECONDS", 0.05)
    headers = [(b"origin", NAMED.encode()), (b"content-type", b"application/json"), (b"content-length", b"9")]
    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b"", "client": None}
    parts, sent = [{"type": "http.request", "body": b"{", "more_body": True}], []

    async def receive():
        return parts.pop() if parts else await asyncio.sleep(5)

    async def send(message):
        sent.append(message)

    asyncio.run(named(client).app(scope, receive, send))
    assert sent[0]["status"] == 408
    assert (b"access-control-allow-origin", NAMED.encode()) in sent[0]["headers"]
    assert b"did not arrive within 0.05 s" in sent[1]["body"]


def test_a_preflight_is_answered_with_safe_headers(client):
    wanted = {
        "origin": NAMED,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
    }
    answer = named(client).options("/translate", headers=wanted)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, NAMED)
    assert answer.headers["x-frame-options"] == "DENY"
    refused = named(client).options("/translate", headers=wanted | {"origin": OTHER})
    assert "access-control-allow-origin" not in refused.headers


def may_read(client: TestClient, origin: str) -> bool:
    allowed = client.get("/health", headers={"origin": origin}).headers.get("access-control-allow-origin")
    return allowed in ("*", origin)


def may_connect(client: TestClient, origin: str) -> bool:
    try:
        with client.websocket_connect("/live", headers={"origin": origin}):
            return True
    except WebSocketDisconnect:
        return False


@pytest.mark.parametrize(
    ("setting", "welcome"),
    [
        ("", set()),
        (f"{NAMED}/", {NAMED}),
        ("HTTPS://Named.Example:443", {NAMED}),
        (f"http://localhost:5173, {NAMED}", {NAMED, "http://localhost:5173"}),
        ("*", {NAMED, OTHER, "http://localhost:5173", "https://named.example:8443", "null"}),
    ],
)
def test_http_and_sockets_agree_on_who_may_come_in(client, setting, welcome):
    serving = named(client, from_env({"ISLR_CORS_ORIGINS": setting}).cors_origins)
    origins = {NAMED, OTHER, "http://localhost:5173", "https://named.example:8443", "null"}
    assert {origin for origin in origins if may_read(serving, origin)} == welcome
    assert {origin for origin in origins if may_connect(serving, origin)} == welcome


def test_a_broken_origin_is_refused_by_the_socket(client):
    assert not may_connect(client, "http://[")
    assert may_connect(client, "http://testserver:80")


def test_a_client_that_goes_before_its_socket_is_refused_is_no_failure(client, caplog):
    """uvicorn's protocol asserts in its answer to a handshake that the client is still there."""
    headers = [(b"host", b"testserver"), (b"origin", b"http://[")]
    scope = {
        "type": "websocket",
        "path": "/live",
        "headers": headers,
        "client": ("198.51.100.1", 9),
        "query_string": b"",
    }

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        raise AssertionError

    with pytest.raises(ClientDisconnected):  # which uvicorn takes in silence
        asyncio.run(client.app(scope, receive, send))
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", "GZIP", "identity, gzip", "x" * 300])
@pytest.mark.parametrize("path", ROUTES)
def test_compressed_bodies_are_refused_with_a_sentence(client, path, coding):
    body = gzip.compress(json.dumps({"landmarks": []}).encode())
    answer = client.post(path, content=body, headers=JSON | {"content-encoding": coding})
    assert answer.status_code == 415
    assert "the body is compressed" in answer.json()["error"]
    assert "without Content-Encoding" in answer.json()["error"]
    assert answer.headers["accept-encoding"] == "identity"


def test_every_route_that_takes_a_body_is_among_them(client):
    methods = {path: set(kinds) for path, kinds in client.get("/openapi.json").json()["paths"].items()}
    assert {path for path, kinds in methods.items() if kinds & {"post", "put", "patch"}} == set(ROUTES)


def test_an_uncompressed_body_may_say_so(client, clip):
    headers = {"content-type": next(iter(bodies.MEDIA_TYPES)), "content-encoding": "identity"}
    assert client.post("/predict", content=clip.astype("<f2").tobytes(), headers=headers).status_code == 200
    assert client.get("/health", headers={"content-encoding": "gzip"}).status_code == 200


def test_compressed_bytes_that_do_not_say_so_get_a_sentence(client):
    for path in ROUTES:
        answer = client.post(path, content=gzip.compress(b"{}"), headers=JSON)
        assert answer.status_code == 400
        assert answer.json()["error"]


def test_answers_carry_a_request_id_and_safe_headers(client):
    answer = client.get("/health", headers={"x-request-id": "my-id"})
    assert answer.headers["x-request-id"] == "my-id"
    assert client.get("/health", headers={"x-request-id": "bad id\x01"}).headers["x-request-id"] != "bad id\x01"
    assert "default-src 'self'" in answer.headers["content-security-policy"]
