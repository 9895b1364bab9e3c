"""Names by which the server may be asked."""

import pytest
from starlette.websockets import WebSocketDisconnect

from bentos.http.hosts import asked_rightly
from bentos.model.versions import FolderSource
from bentos.settings import Settings
from tests.bentos.clients import client_for
from tests.bentos.environment import from_env

EVIL = {"host": "rebound.example:3000", "origin": "http://rebound.example:3000"}


@pytest.mark.parametrize(
    ("host", "named", "right"),
    [
        ("localhost:3000", "", True),
        ("127.0.0.1", "", True),
        ("[::1]:3000", "", True),
        ("192.168.1.7:3000", "", True),
        ("islr", "", True),
        ("islr.example.org", "", False),
        ("islr.example.org", "islr.example.org", True),
        ("ISLR.Example.org:443", "islr.example.org", True),
        ("islr.example.org.", "other.example, islr.example.org", True),
        ("islr.example.org.evil.example", "islr.example.org", False),
        ("evil.example", "*", True),
        ("127.0.0.1.evil.example", "", False),
        ("a:b:c.d", "", False),
    ],
)
def test_what_the_server_may_be_called(host, named, right):
    assert asked_rightly(host, from_env({"ISLR_HOSTS": named}).hosts) is right


def test_a_page_that_lets_its_name_point_here_reaches_nothing(tiny_model):
    client = client_for(FolderSource(tiny_model), Settings())
    for path in ("/", "/metadata", "/metrics"):
        answer = client.get(path, headers=EVIL)
        assert (answer.status_code, "ISLR_HOSTS" in answer.json()["error"]) == (421, True)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/live", headers=EVIL):
        pass
    named = client_for(FolderSource(tiny_model), Settings(hosts=("rebound.example",)))
    assert named.get("/metadata", headers=EVIL).status_code == 200
