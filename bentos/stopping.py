"""The end of a process: what comes before the server closes its connections, and a limit on all of it."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Awaitable, Callable
from types import FrameType
from typing import Any

SECONDS = 8.0  # `docker stop` kills after 10
log = logging.getLogger(__name__)


async def _nothing() -> None:
    pass


def before_the_server(leave: Callable[[], Awaitable[None]] = _nothing, seconds: float = SECONDS) -> None:
    """When this process is told to end, await `leave`, then do what the server would have done at once.

    To be called on the event loop of the main thread, after the server took the signals. Whatever happens, the process
    is gone after so many seconds: clients that neither send nor go cannot keep it.
    """
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    leaving: list[asyncio.Task[None]] = []

    async def go(number: int) -> None:
        try:
            await leave()
        finally:
            before[number](number, None)

    def told(number: int, frame: FrameType | None) -> None:
        if leaving:  # told a second time: at once
            before[number](number, frame)
            return
        timer = threading.Timer(seconds, _end)
        timer.daemon = True
        timer.start()
        loop.call_soon_threadsafe(lambda: leaving.append(loop.create_task(go(number))))

    for number in before:
        signal.signal(number, told)


def _end() -> None:
    log.error("the process did not end by itself in time and is ended")
    os._exit(1)
