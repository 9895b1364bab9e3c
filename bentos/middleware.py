"""What every request goes through: an id, a bounded body, a log line, a metric, safe headers, never a trace."""

import json
import logging
import re
import time
import uuid
from typing import Any

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
_TOO_LARGE = "the body has more than {} bytes; right is at most that: send one sign at a time, or the binary format"


class _TooLargeError(Exception):
    """The body passed the limit while it was read."""


class Envelope:
    """Outermost layer of the front, as plain ASGI.

    Args:
        app: what it wraps.
        max_body_bytes: largest request body.
    """

    def __init__(self, app: Any, max_body_bytes: int):
        self.app = app
        self.max_body_bytes = max_body_bytes

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Handle one request; sockets pass through."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        await _Exchange(self, scope, receive, send).run()


class _Exchange:
    """One request and its answer."""

    def __init__(self, envelope: Envelope, scope: dict[str, Any], receive: Any, send: Any):
        self.envelope, self.scope, self._receive, self._send = envelope, scope, receive, send
        self.headers = dict(scope["headers"])
        given = self.headers.get(b"x-request-id", b"").decode("latin-1")
        self.id = given if _ID.match(given) else uuid.uuid4().hex
        self.status = 0
        self.read = 0
        self.began = time.perf_counter()
        scope.setdefault("state", {})["request_id"] = self.id

    async def run(self) -> None:
        limit = self.envelope.max_body_bytes
        length = self.headers.get(b"content-length", b"")
        try:
            if length.isdigit() and int(length) > limit:
                raise _TooLargeError
            await self.envelope.app(self.scope, self.receive, self.send)
        except _TooLargeError:
            await self.refuse(413, _TOO_LARGE.format(limit))
        except Exception as error:  # the last line of defence: people get a sentence, the log gets the trace
            log.exception("request failed", extra={"request_id": self.id, "error": type(error).__name__})
            await self.refuse(503, f"the service failed on this request; its id is {self.id}")
        finally:
            self.record()

    async def receive(self) -> dict[str, Any]:
        message = await self._receive()
        if message["type"] == "http.request":
            self.read += len(message.get("body", b""))
            if self.read > self.envelope.max_body_bytes:
                raise _TooLargeError
        return message

    async def send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message = {
                **message,
                "headers": [*message.get("headers", ()), *_HEADERS, (b"x-request-id", self.id.encode())],
            }
        await self._send(message)

    async def refuse(self, status: int, sentence: str) -> None:
        if self.status:  # the answer is under way: nothing more can be said
            return
        body = json.dumps({"error": sentence}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": body})

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
