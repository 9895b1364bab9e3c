"""A real service against opening messages with own signs. `ISLR_FUZZ_CASES`: how many."""

import json
import sys
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.sync.client import connect

from tests.bentos.clients import as_json
from tests.bentos.live.streams import drawn_sign
from tests.bentos.serving import UNLIMITED, Served, serve
from tests.bentos.strategies import CASES, FUZZ, openings

CLIP = as_json(np.stack(list(drawn_sign(25, 0.8)))[4:8])
PATIENCE = 60  # seconds


@pytest.fixture(scope="module")
def served(embedding_model, tmp_path_factory):
    log = tmp_path_factory.mktemp("openings") / "log"
    environ = UNLIMITED | {"ISLR_COSTLY_PER_MINUTE": "0", "ISLR_MODEL_DIR": str(embedding_model)}
    with serve(log, **environ) as service:
        service.wait("/readyz", 200)
        yield service


def workers(served: Served) -> set[int]:
    """The processes that answer, without those that try a version."""
    return {pid for pid in served.pids() if b"_bentoml_impl.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()}


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_no_opening_message_fails_on_a_real_service(served):
    """Each opens a live session, and goes to /predict as well: an answer or a sentence, and every process lives."""
    space, began, seen = served.get("/metadata").json()["space"], workers(served), Counter()
    with httpx.Client(base_url=served.url, timeout=PATIENCE) as client:

        @settings(FUZZ, max_examples=max(CASES, 200))
        @given(text=st.deferred(lambda: openings(space)))
        def ask(text):
            with connect(served.url.replace("http", "ws") + "/live", open_timeout=PATIENCE) as socket:
                socket.send(text)
                event = json.loads(socket.recv(timeout=PATIENCE))
            assert event["type"] == "ready" or event["error"]
            body = CLIP | {"own_signs": json.loads(text)["own_signs"]}
            answer = client.post("/predict", content=json.dumps(body))
            assert answer.status_code in (200, 400, 422), answer.text  # 400: Infinity is no JSON
            assert answer.status_code == 200 or answer.json()["error"]
            seen.update([f"/live {event['type']}", f"/predict {answer.status_code}"])

        ask()
    sys.stdout.write(f"{dict(sorted(seen.items()))}\n")
    assert workers(served) == began
    assert served.get("/readyz").status_code == 200
    assert not [
        line for line in served.log.read_text().splitlines() if '"level": "error"' in line or "Traceback" in line
    ]
