"""What a slow client misses, and what it never does."""

import asyncio

import pytest

from bentos.live.messages import Hands, Repeated
from bentos.live.outbox import MAX_DROPPABLE, MAX_EVENTS, FullError, Outbox


def test_what_is_soon_outdated_is_dropped_and_what_lasts_is_not():
    outbox, lasting = Outbox(), [Repeated(sign=i + 1, of=i) for i in range(MAX_EVENTS)]
    for event in lasting[:MAX_DROPPABLE]:
        outbox.put(event)
    outbox.put(Hands(left=True, right=True))
    for event in lasting[MAX_DROPPABLE:]:
        outbox.put(event)
    with pytest.raises(FullError):
        outbox.put(lasting[0])

    async def taken():
        return [await outbox.get() for _ in lasting]

    assert asyncio.run(taken()) == lasting
    assert outbox.empty()
