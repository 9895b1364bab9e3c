"""Worker threads with a bounded queue before them."""

import asyncio
import threading

import pytest

from bentos.errors import RefusedError
from bentos.model.pool import Pool


def test_a_job_that_is_cancelled_while_it_waits_is_never_begun():
    go, began = threading.Event(), []

    async def ask():
        pool = Pool("test", 1, 8)
        first = asyncio.create_task(pool.run(go.wait))
        second = asyncio.create_task(pool.run(lambda: began.append(2)))
        third = asyncio.create_task(pool.run(lambda: began.append(3)))
        await asyncio.sleep(0)
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
        go.set()
        await asyncio.gather(first, third)
        pool.close()
        return pool.waiting

    assert asyncio.run(ask()) == 0
    assert began == [3]


def test_more_than_may_wait_are_refused():
    go = threading.Event()

    async def ask():
        pool = Pool("test", 1, 2)
        tasks = [asyncio.create_task(pool.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(RefusedError, match="busy"):
            await pool.run(lambda: None)
        go.set()
        await asyncio.gather(*tasks)
        pool.close()

    asyncio.run(ask())
