"""What all routes answer with."""

import orjson
import pytest
from starlette.testclient import TestClient

from bentos.http.answers import ERRORS, answer
from bentos.http.app import create_app
from bentos.settings import Settings


@pytest.mark.parametrize("path", ["/health", "/metadata", "/vocabulary"])
def test_before_the_service_has_started_it_says_when_to_ask_again(path):
    found = TestClient(create_app(Settings())).get(path)
    assert (found.status_code, found.json()["error"]) == (503, "the service is starting")
    assert found.headers["retry-after"] == "1"


def test_answers_are_json_with_their_status():
    made = answer({"gloss": "book", "score": 0.5}, 503)
    assert (made.status_code, made.media_type, orjson.loads(made.body)) == (
        503,
        "application/json",
        {"gloss": "book", "score": 0.5},
    )


def test_each_route_that_takes_a_body_documents_what_can_be_wrong_with_it():
    paths = create_app(Settings()).openapi()["paths"]
    for route in ("/predict", "/embed", "/translate", "/feedback"):
        assert {str(code) for code in ERRORS} <= set(paths[route]["post"]["responses"])
