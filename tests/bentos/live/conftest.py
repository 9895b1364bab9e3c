"""What tests of live sessions share."""

import pytest
from starlette.testclient import TestClient

from tests.bentos.live.clients import client_for


@pytest.fixture
def client(tiny_model) -> TestClient:
    return client_for(tiny_model)
