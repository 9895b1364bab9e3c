"""What a request may cost before its route has looked at it: bytes, time, room; and a sentence instead of a trace."""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Callable
from typing import Any

from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bentos import metrics
from bentos.http.clients import client_of

log = logging.getLogger(__name__)
_TOO_LARGE = "the body has more than {} bytes; right is at most that: send one sign at a time, or the binary format"
_COMPRESSED = "the body is compressed ({}); right is a body as it is, without Content-Encoding"
_TOO_SLOW = "the body did not arrive within {:.2g} s; right is to send one sign at a time, or the binary format"
_STOPPING = "the service is stopping; ask again in a few seconds"
_MANY = "this client sends {} bodies at the same time; right is at most that"
_GONE = "the client is gone"
_NO_PATH = "there is nothing here; GET / is the page, GET /docs describes the routes"
GONE = 499  # the client hung up: nobody reads this status but the log and the metrics
PATIENCE, BYTES_A_SECOND = 10.0, 32 * 1024  # a body may take so many seconds, and as many more as it has come so fast
BODY_SECONDS = 50.0  # at most; BentoML gives up after 60 s, with an answer that has none of our headers
BODIES_A_CLIENT = 32
MAX_PATH, MAX_NAME = 1024, 240  # characters, and bytes between two slashes: file systems hold 255


class Readings:
    """The bodies that are on their way to one process."""

    def __init__(self) -> None:
        self.of_client: Counter[str] = Counter()
        self.until = math.inf  # seconds of the loop's clock
        self._waits: set[asyncio.Timeout] = set()

    def hurry(self, seconds: float) -> None:
        """Wait no longer than so many seconds from now, for those that come later, too."""
        self.until = asyncio.get_running_loop().time() + seconds
        for wait in self._waits:
            wait.reschedule(min(wait.when() or math.inf, self.until))

    async def wait(self, receive: Callable[[], Any], until: float) -> dict[str, Any]:
        """The next part of a body; raises TimeoutError after `until`."""
        async with asyncio.timeout_at(min(until, self.until)) as wait:
            self._waits.add(wait)
            try:
                message: dict[str, Any] = await receive()
            finally:
                self._waits.discard(wait)
        return message


class Bounds:
    """Layer around the routes: bodies within a limit, and a sentence instead of a trace.

    It belongs inside the layer of CORS, so that pages of other origins can read what it says.

    Args:
        app: what it wraps.
        limit: bytes that a request's body may have.
        takes_body: whether the request's route reads a body itself; others' bodies are read here, and forgotten.
        readings: of this process.
    """

    def __init__(
        self,
        app: Any,
        limit: Callable[[dict[str, Any]], int],
        takes_body: Callable[[dict[str, Any]], bool],
        readings: Readings,
    ):
        self.app, self.limit, self.takes_body, self.readings = app, limit, takes_body, readings

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
        self.began = asyncio.get_running_loop().time()
        self.limit = bounds.limit(scope)
        self.read = 0
        self.complete = False
        self.answered = False

    async def run(self) -> None:
        codings = b",".join(self._header(b"content-encoding")).decode("latin-1").strip().lower()
        if not _a_path(self.scope["path"]):
            await self._refuse(404, _NO_PATH)
        elif codings not in ("", "identity") and self.scope["method"] in ("POST", "PUT", "PATCH"):
            await self._refuse(415, _COMPRESSED.format(codings[:40]), {"accept-encoding": "identity"})
        elif any(length.isdigit() and float(length) > self.limit for length in self._header(b"content-length")):
            await self._refuse(413, _TOO_LARGE.format(self.limit))
        elif self._header(b"content-length") or self._header(b"transfer-encoding"):
            await self._in_turn()
        else:
            await self._run()

    async def _in_turn(self) -> None:
        """Answer a request with a body; one client sends only so many at a time."""
        client, under_way = client_of(self.scope), self.bounds.readings.of_client
        if under_way[client] >= BODIES_A_CLIENT:
            metrics.REFUSED.labels("bodies").inc()
            await self._refuse(429, _MANY.format(BODIES_A_CLIENT), {"retry-after": "1"})
            return
        under_way[client] += 1
        try:
            await self._run()
        finally:
            under_way[client] -= 1
            if not under_way[client]:
                del under_way[client]

    async def _run(self) -> None:
        try:
            if not self.bounds.takes_body(self.scope):
                while not self.complete:
                    await self._read()
            await self.bounds.app(self.scope, self._read, self._answer)
        except HTTPException as error:
            await self._refuse(error.status_code, error.detail)
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
        seconds = min(PATIENCE + self.read / BYTES_A_SECOND, BODY_SECONDS)
        try:
            message = await self.bounds.readings.wait(self._receive, self.began + seconds)
        except TimeoutError:
            if self.bounds.readings.until < math.inf:
                raise HTTPException(503, _STOPPING, {"retry-after": "5"}) from None
            raise HTTPException(408, _TOO_SLOW.format(seconds)) from None
        if message["type"] == "http.disconnect":
            raise HTTPException(GONE, _GONE)
        self.read += len(message.get("body", b""))
        if self.read > self.limit:
            raise HTTPException(413, _TOO_LARGE.format(self.limit))
        self.complete = not message.get("more_body", False)
        return message

    async def _answer(self, message: dict[str, Any]) -> None:
        self.answered = True
        await self._send(message)

    async def _refuse(self, status: int, sentence: str, headers: dict[str, str] | None = None) -> None:
        if not self.answered:  # else the answer is under way: nothing more can be said
            await JSONResponse({"error": sentence}, status, headers)(self.scope, self._receive, self._send)


def _a_path(path: str) -> bool:
    """Whether there can be anything of this name."""
    names = path.encode(errors="replace").split(b"/")
    return len(path) <= MAX_PATH and path.isprintable() and all(len(name) <= MAX_NAME for name in names)


async def unless_gone(receive: Callable[[], Any], work: Any) -> Any:
    """Await `work` for a client whose body has come, and cancel it when the client hangs up.

    Raises:
        HTTPException: it did.
    """
    task = asyncio.ensure_future(work)
    left = asyncio.ensure_future(receive())  # after the body there is only one thing left to hear
    try:
        await asyncio.wait({task, left}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise HTTPException(GONE, _GONE)
        return task.result()
    finally:
        task.cancel()
        left.cancel()
