"""Token buckets by name."""

import pytest

from bentos import rate
from bentos.rate import RateLimit


def test_each_client_has_a_burst_and_then_its_rate():
    now = [0.0]
    limit = RateLimit(60, clock=lambda: now[0])
    assert [limit.wait("ann") for _ in range(13)] == [0] * 12 + [1]
    assert limit.wait("bob") == 0
    now[0] = 0.5
    assert limit.wait("ann") == pytest.approx(0.5)
    now[0] = 1.0
    assert limit.wait("ann") == 0
    assert limit.wait("ann") > 0
    now[0] = 3600.0  # no more is saved up than a burst
    assert [limit.wait("ann") > 0 for _ in range(13)] == [False] * 12 + [True]


def test_a_rate_of_zero_is_no_limit():
    limit = RateLimit(0, clock=lambda: 0.0)
    assert not any(limit.wait("ann") for _ in range(1000))


def test_of_too_many_clients_the_one_unseen_for_longest_is_forgotten(monkeypatch):
    monkeypatch.setattr(rate, "CLIENTS", 2)
    limit = RateLimit(1, clock=lambda: 0.0)
    for client in ["ann"] * 5 + ["bob"] * 5:
        assert limit.wait(client) == 0
    assert limit.wait("ann") > 0
    assert limit.wait("cid") == 0
    assert limit.wait("ann") > 0  # seen after bob, who is forgotten, and may ask again
    assert limit.wait("bob") == 0
