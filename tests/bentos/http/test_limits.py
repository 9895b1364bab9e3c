"""Who may ask how often."""

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
