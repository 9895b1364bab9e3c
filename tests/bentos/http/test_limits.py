"""Who may ask how often, and who at all."""

import pytest

from bentos.http.limits import Guard
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
