"""The WebSocket route /live: limits, origin check, and the loops around a session."""

import asyncio
import logging
import time
import uuid
from collections import Counter

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from bentos import metrics
from bentos.errors import RefusedError
from bentos.http.clients import client_of
from bentos.http.origins import ANY, same_host
from bentos.kernel import Kernel
from bentos.live import messages, wire
from bentos.live.outbox import FullError, Outbox
from bentos.live.phrase import ResumeTokens
from bentos.live.session import Session
from bentos.settings import Settings

log = logging.getLogger(__name__)
TICK_SECONDS = 0.1
SEND_SECONDS = 10.0
FAREWELL_SECONDS = 2.0  # in which a client must have taken what is left for it
MAX_MISTAKES = 50
BEGIN_SECONDS = 20.0  # in which a client must send something, or its place goes to another
POLICY, TOO_BIG, TRY_LATER, GOING_AWAY = 1008, 1009, 1013, 1001


class ClosingError(Exception):
    """The server ends the session with this code and sentence."""

    def __init__(self, code: int, sentence: str):
        super().__init__(sentence)
        self.code, self.sentence = code, sentence


class Live:
    """All live sessions of one process.

    Args:
        settings: limits.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        self.clients: Counter[str] = Counter()
        self._tokens = ResumeTokens(settings.resume_secret.encode() or uuid.uuid4().bytes, settings.resume_seconds)

    async def serve(self, socket: WebSocket) -> None:
        """Serve one socket from its first to its last byte."""
        if not self._origin_allowed(socket):
            metrics.REFUSED.labels("origin").inc()
            await socket.close(POLICY)  # before it is accepted: the client sees 403
            return
        await socket.accept()
        kernel: Kernel | None = getattr(socket.app.state, "kernel", None)
        client = client_of(socket.scope)
        refusal = self._refusal(kernel, client)
        if kernel is None or refusal:
            await _close_with_error(socket, TRY_LATER, refusal or "the service is starting")
            return
        self.clients[client] += 1
        metrics.SESSIONS.inc()
        try:
            await _Connection(socket, kernel, self).run()
        finally:
            self.clients -= Counter((client,))  # which forgets those that have none
            metrics.SESSIONS.dec()

    @property
    def sessions(self) -> int:
        """Open sessions."""
        return self.clients.total()

    def _refusal(self, kernel: Kernel | None, client: str) -> str | None:
        if kernel is None or kernel.draining:
            return "the service is starting or stopping; try again in a few seconds"
        if not kernel.recogniser.ready:
            return f"no model is loaded: {kernel.recogniser.reason}"
        if self.sessions >= self.settings.live_sessions:
            metrics.REFUSED.labels("sessions").inc()
            return f"{self.sessions} people are signing already, which is all this server can do; try again later"
        if self.clients[client] >= self.settings.live_sessions_per_client:
            metrics.REFUSED.labels("client_sessions").inc()
            return f"{self.clients[client]} sessions are open from this address; end one, or try again later"
        return None

    def _origin_allowed(self, socket: WebSocket) -> bool:
        """Pages of this server and of the origins that are named; programs, which send no origin, too."""
        origin, named = socket.headers.get("origin"), self.settings.cors_origins
        if origin is None or origin in named or ANY in named:
            return True
        return same_host(origin, socket.headers.get("host", ""))

    def tokens(self) -> ResumeTokens:
        """What signs the state that clients carry."""
        return self._tokens


class _Connection:
    """One socket."""

    def __init__(self, socket: WebSocket, kernel: Kernel, live: Live):
        self.socket, self.kernel, self.settings = socket, kernel, live.settings
        self.outbox = Outbox()
        self.session = Session(kernel, live.tokens(), self.outbox.put, client_of(socket.scope))
        self.heard = time.monotonic()
        self.mistakes = 0
        self.begun = False

    async def run(self) -> None:
        began = time.monotonic()
        loops = [self._receive(), self._send(), self._tick(), self.session.work()]
        tasks = [asyncio.create_task(loop) for loop in loops]
        for task in tasks:  # when a client goes, several loops may notice at once: one of them is enough
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self._end(next(iter(done)).exception())
        finally:
            for task in tasks:
                task.cancel()
            try:
                await asyncio.wait(tasks)
            finally:
                await self.session.close()
            log.info(
                "live session ended", extra={"session": self.session.id, "seconds": round(time.monotonic() - began, 1)}
            )

    async def _end(self, error: BaseException | None) -> None:
        if isinstance(error, ClosingError):
            await _close_with_error(self.socket, error.code, error.sentence)
        elif isinstance(error, FullError):
            await _close_with_error(self.socket, POLICY, "this client does not read what it is sent")
        elif error is not None and not isinstance(error, WebSocketDisconnect | TimeoutError | RuntimeError | OSError):
            log.error("live session failed", exc_info=error, extra={"session": self.session.id})
            await _close_with_error(self.socket, 1011, f"the session failed; its id is {self.session.id}")

    async def _receive(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1000))
            self.heard = time.monotonic()
            content, text = message.get("bytes"), message.get("text")
            try:
                if content is not None:
                    self._frame(content)
                elif text is not None:
                    self._text(text)
            except RefusedError as error:
                self.mistakes += 1
                self.outbox.put(messages.Error(error=error.message, fatal=False))
                if self.mistakes >= MAX_MISTAKES:
                    raise ClosingError(POLICY, f"{self.mistakes} messages of this client were wrong") from None

    def _frame(self, content: bytes) -> None:
        if len(content) > wire.MAX_BINARY:
            raise ClosingError(TOO_BIG, f"a frame has at most {wire.MAX_BINARY} bytes, this one {len(content)}")
        if not self.begun:
            self.begun = True
            self.session.speaker.llm = self.kernel.llm and self._may_spend("")
            self.session.ready()
        self.session.frame(content, time.monotonic())

    def _text(self, text: str) -> None:
        if len(text) > wire.MAX_TEXT:
            raise ClosingError(TOO_BIG, f"a text message has at most {wire.MAX_TEXT} characters, this one {len(text)}")
        message = wire.decode_message(text)
        if self.begun or not isinstance(message, messages.Start):
            self.session.command(message)
        else:
            self.begun = True
            try:
                self.session.begin(message, self._may_spend(f"Bearer {message.key or ''}"))
            except RefusedError as error:  # with other glosses than were asked for it must not go on
                raise ClosingError(POLICY, error.message) from None

    def _may_spend(self, authorization: str) -> bool:
        may: bool = self.socket.app.state.guard.may_spend(self.socket.scope, authorization)
        return may

    async def _send(self) -> None:
        while True:
            await asyncio.wait_for(self.socket.send_text(wire.encode_event(await self.outbox.get())), SEND_SECONDS)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            now = time.monotonic()
            self.session.tick(now)
            patience = (
                self.settings.live_idle_seconds if self.begun else min(BEGIN_SECONDS, self.settings.live_idle_seconds)
            )
            if now - self.heard > patience:
                raise ClosingError(POLICY, f"nothing was heard for {patience:g} s")
            if self.kernel.draining:
                await self._go_away()

    async def _go_away(self) -> None:
        """Give the phrase as it is, with its token, and end."""
        self.session.suspend()
        async with asyncio.timeout(FAREWELL_SECONDS):
            while not self.outbox.empty():
                await asyncio.sleep(0.01)
        raise ClosingError(GOING_AWAY, "the service is stopping; connect again with the token")


async def _close_with_error(socket: WebSocket, code: int, sentence: str) -> None:
    try:
        async with asyncio.timeout(5):
            await socket.send_text(wire.encode_event(messages.Error(error=sentence, fatal=True)))
            await socket.close(code, sentence.encode()[:120].decode(errors="ignore"))  # a close frame has little room
    except (RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
        return  # the client is gone already


def add_live(app: FastAPI, live: Live) -> None:
    """Add the route."""

    @app.websocket("/live")
    async def route(socket: WebSocket) -> None:
        await live.serve(socket)
