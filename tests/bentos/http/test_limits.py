"""Who may ask how often, and who at all."""

import pytest
from starlette.testclient import TestClient

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


HERE, ELSEWHERE, PROXIED = (
    {"client": ("127.0.0.1", 1), "headers": []},
    {"client": ("203.0.113.9", 1), "headers": []},
    {"client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", b"203.0.113.9")]},
)


@pytest.mark.parametrize(
    ("key", "header", "may"),
    [
        ("s3cret", "Bearer s3cret", (True, True, True)),
        ("s3cret", "Bearer s3cre", (False, False, False)),
        ("s3cret", "Bearer ", (False, False, False)),
        ("s3cret", "", (False, False, False)),
        ("s3cret", "Bearer s\u00e9cret", (False, False, False)),
        ("", "", (True, False, False)),
        ("", "Bearer anything", (True, False, False)),
        ("none", "", (True, True, True)),
    ],
)
def test_who_may_spend(key, header, may):
    guard = Guard(Settings(api_key=key))
    assert tuple(guard.may_spend(scope, header) for scope in (HERE, ELSEWHERE, PROXIED)) == may


def elsewhere(client: TestClient) -> TestClient:
    """The same server, asked from another machine."""
    return TestClient(client.app, client=("203.0.113.9", 1))


def test_on_other_machines_english_wants_a_key_and_says_so(tiny_model):
    async def english(lattice, context, asker):
        return {"text": "Costly."}

    wanted = candidates([("book", 0.6)])
    client = client_for(FolderSource(tiny_model), Settings(costly_per_minute=0), english, llm=True)
    assert client.post("/translate", json=wanted).json()["source"] == "llm"
    refused = elsewhere(client).post("/translate", json=wanted)
    assert (refused.status_code, "ISLR_API_KEY" in refused.json()["error"]) == (401, True)
    with elsewhere(client).websocket_connect("/live") as socket:
        socket.send_json({"type": "start"})
        assert socket.receive_json()["english"] == "glosses"
    free = client_for(
        FolderSource(tiny_model), Settings(costly_per_minute=0)
    )  # without a language model it costs nothing
    assert elsewhere(free).post("/translate", json=wanted).json()["source"] == "glosses"


IDS = ("run_id", "git_commit", "data_version")


def test_metrics_and_ids_are_for_the_operator(client, tiny_model):
    assert client.get("/metrics").status_code == 200
    assert all(client.get("/metadata").json()[name] for name in IDS)
    refused = elsewhere(client).get("/metrics")
    assert (refused.status_code, "ISLR_OPERATOR_KEY" in refused.json()["error"]) == (401, True)
    told = elsewhere(client).get("/metadata").json()
    assert [told[name] for name in IDS] == ["", "", ""]
    assert told["version"] == "7"
    keyed = client_for(FolderSource(tiny_model, {"run_id": "abc"}), Settings(operator_key="0p"))
    key = {"authorization": "Bearer 0p"}
    assert [c.get("/metrics").status_code for c in (keyed, elsewhere(keyed))] == [401, 401]
    assert elsewhere(keyed).get("/metrics", headers=key).status_code == 200
    assert elsewhere(keyed).get("/metadata", headers=key).json()["run_id"] == "abc"
