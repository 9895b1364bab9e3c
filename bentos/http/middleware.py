"""What every request goes through: an id, a bounded body, a log line, a metric, safe headers, never a trace."""

import asyncio
import logging
import re
import time
import uuid
from typing import Any

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

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
_COMPRESSED = "the body is compressed ({}); right is a body as it is, without Content-Encoding"
_TOO_SLOW = "the body did not arrive within {:g} s; right is to send one sign at a time, or the binary format"
BODY_SECONDS = 50.0  # BentoML gives up after 60 s, with an answer that has none of our headers


class Bounds:
    """Layer around the routes: bodies within a limit, and a sentence instead of a trace.

    It belongs inside the layer of CORS, so that pages of other origins can read what it says.

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
        await _Bounded(self, scope, receive, send).run()


class _Bounded:
    """One request body, and the answer to it."""

    def __init__(self, bounds: Bounds, scope: dict[str, Any], receive: Any, send: Any):
        self.bounds, self.scope, self._receive, self._send = bounds, scope, receive, send
        self.deadline = asyncio.get_running_loop().time() + BODY_SECONDS
        self.read = 0
        self.complete = False
        self.answered = False

    async def run(self) -> None:
        limit = self.bounds.max_body_bytes
        codings = b",".join(self._header(b"content-encoding")).decode("latin-1").strip().lower()
        if codings not in ("", "identity") and self.scope["method"] in ("POST", "PUT", "PATCH"):
            await self._refuse(415, _COMPRESSED.format(codings[:40]), {"accept-encoding": "identity"})
        elif any(length.isdigit() and float(length) > limit for length in self._header(b"content-length")):
            await self._refuse(413, _TOO_LARGE.format(limit))
        else:
            await self._run()

    async def _run(self) -> None:
        try:
            await self.bounds.app(self.scope, self._read, self._answer)
        except Exception as error:  # the last line of defence: people get a sentence, the log gets the trace
            request_id = self.scope["state"]["request_id"]
            log.exception("request failed", extra={"request_id": request_id, "error": type(error).__name__})
            await self._refuse(503, f"the service failed on this request; its id is {request_id}")

    def _header(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.scope["headers"] if key == name]

    async def _read(self) -> dict[str, Any]:
        """Give the next part of the body; what is raised here reaches the client whoever reads."""
        if self.complete or self.answered:
            return await self._receive()  # type: ignore[no-any-return]
        try:
            async with asyncio.timeout_at(self.deadline):
                message: dict[str, Any] = await self._receive()
        except TimeoutError:
            raise HTTPException(408, _TOO_SLOW.format(BODY_SECONDS)) from None
        self.read += len(message.get("body", b""))
        if self.read > self.bounds.max_body_bytes:
            raise HTTPException(413, _TOO_LARGE.format(self.bounds.max_body_bytes))
        self.complete = not message.get("more_body", False)
        return message

    async def _answer(self, message: dict[str, Any]) -> None:
        self.answered = True
        await self._send(message)

    async def _refuse(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        if not self.answered:  # else the answer is under way: nothing more can be said
            await JSONResponse({"error": sentence}, status, headers)(self.scope, self._receive, self._send)


class Envelope:
    """Outermost layer of the front, as plain ASGI: an id, a log line, a metric, safe headers.

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
                "headers": [*message.get("headers", ()), *_HEADERS, (b"x-request-id", self.id.encode())],
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
