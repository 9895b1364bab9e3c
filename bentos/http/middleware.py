"""What every request goes through: an id, a log line, a metric, safe headers; and an answer for every socket."""

import logging
import re
import time
import uuid
from typing import Any

from uvicorn.protocols.utils import ClientDisconnected

from bentos import metrics

log = logging.getLogger("bentos.access")
_ID = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (
        b"content-security-policy",
        b"default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self' blob:; img-src 'self' data: "
        b"blob:; media-src 'self' blob:; connect-src 'self' blob:; style-src 'self'; object-src 'none'; "
        b"base-uri 'none'; frame-ancestors 'none'; form-action 'none'",
    ),
)


class Shield:
    """Layer around all that a process answers, BentoML's own routes too: safe headers, and no socket without an answer.

    Args:
        app: what it wraps.
    """

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle one request or socket."""
        if scope["type"] == "http":
            await self.app(scope, receive, _shielded(send))
        elif scope["type"] == "websocket":
            await _answered(self.app, scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _shielded(send: Any) -> Any:
    async def sending(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            given = message.get("headers", ())
            names = {name.lower() for name, _ in given}
            more = [(name, value) for name, value in _HEADERS if name not in names]
            message = {**message, "headers": [*given, *more]}
        await send(message)

    return sending


async def _answered(app: Any, scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Run an app for a socket; what it raises before it has answered would leave the socket open for ever."""
    answered = False

    async def sending(message: dict[str, Any]) -> None:
        nonlocal answered
        answered = True
        try:
            await send(message)
        except AssertionError as error:  # uvicorn refuses a handshake whose client has gone meanwhile
            raise ClientDisconnected from error

    try:
        await app(scope, receive, sending)
    except Exception:
        if answered:
            raise
        log.exception("a socket was refused because of a failure", extra={"path": scope["path"][:100]})
        await send({"type": "websocket.close", "code": 1011})


class Envelope:
    """Layer around the front, as plain ASGI: an id, a log line, a metric.

    Args:
        app: what it wraps.
    """

    def __init__(self, app: Any):
        self.app = app

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle one request; sockets pass through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self.app, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, app: Any, scope: dict[str, Any], receive: Any, send: Any):
        self.app, self.scope, self._receive, self._send = app, scope, receive, send
        given = dict(scope["headers"]).get(b"x-request-id", b"").decode("latin-1")
        self.id = given if _ID.match(given) else uuid.uuid4().hex
        self.status = 0
        self.read = 0
        self.began = time.perf_counter()
        scope.setdefault("state", {})["request_id"] = self.id

    async def run(self) -> None:
        try:
            await self.app(self.scope, self.receive, self.send)
        finally:
            self.record()

    async def receive(self) -> dict[str, Any]:
        message: dict[str, Any] = await self._receive()
        self.read += len(message.get("body", b""))
        return message

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {
                **message,
                "headers": [*message.get("headers", ()), (b"x-request-id", self.id.encode())],
            }
        await self._send(message)

    def record(self) -> None:
        seconds = time.perf_counter() - self.began
        route = getattr(self.scope.get("route"), "path", "other")
        metrics.REQUESTS.labels(route, self.status).inc()
        metrics.REQUEST_SECONDS.labels(route).observe(seconds)
        log.info(
            "request",
            extra={
                "request_id": self.id,
                "method": self.scope["method"],
                "route": route,
                "status": self.status,
                "bytes": self.read,
                "ms": round(seconds * 1e3, 2),
            },
        )
