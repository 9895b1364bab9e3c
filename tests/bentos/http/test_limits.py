"""Who may ask how often, and who at all."""

import pytest

from bentos.http import limits
from bentos.http.limits import Guard, RateLimit
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import candidates, client_for


def test_costly_routes_can_want_a_key_and_are_limited(tiny_model):
    client = client_for(FolderSource(tiny_model), Settings(api_key="s3cret", costly_per_minute=5))
    wanted = candidates([("book", 0.6)])
    assert client.post("/translate", json=wanted).status_code == 401
    key = {"authorization": "Bearer s3cret"}
    answers = [client.post("/translate", json=wanted, headers=key).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    last = client.post("/translate", json=wanted, headers=key)
    assert int(last.headers["retry-after"]) >= 1


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
    monkeypatch.setattr(limits, "CLIENTS", 2)
    limit = RateLimit(1, clock=lambda: 0.0)
    for client in ["ann"] * 5 + ["bob"] * 5:
        assert limit.wait(client) == 0
    assert limit.wait("ann") > 0
    assert limit.wait("cid") == 0
    assert limit.wait("ann") > 0  # seen after bob, who is forgotten, and may ask again
    assert limit.wait("bob") == 0


@pytest.mark.parametrize(
    ("key", "header", "may"),
    [
        ("s3cret", "Bearer s3cret", True),
        ("s3cret", "Bearer s3cre", False),
        ("s3cret", "Bearer ", False),
        ("s3cret", "", False),
        ("s3cret", "Bearer s\u00e9cret", False),
        ("", "", True),
        ("", "Bearer anything", True),
    ],
)
def test_only_the_key_may_spend_where_one_is_set(key, header, may):
    assert Guard(Settings(api_key=key)).may_spend(header) is may
