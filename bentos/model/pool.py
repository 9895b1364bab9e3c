"""Worker threads with a bounded queue before them, for what must not be done on the event loop."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bentos.errors import RefusedError

T = TypeVar("T")


class Pool:
    """Runs jobs on threads of its own.

    Args:
        name: of the threads.
        threads: how many.
        most: jobs that may be under way or wait.
    """

    def __init__(self, name: str, threads: int, most: int):
        self.waiting = 0  # jobs under way, too
        self._most = most
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix=name)

    async def run(self, job: Callable[[], T]) -> T:
        """Run a job; one that is cancelled while it waits is never begun.

        Raises:
            RefusedError: too many jobs are waiting.
        """
        if self.waiting >= self._most:
            raise RefusedError(503, "the server is busy; try again in a second", retry_after=1)
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._executor, job)
        finally:
            self.waiting -= 1

    def close(self) -> None:
        """Let what is under way finish."""
        self._executor.shutdown(wait=True)
