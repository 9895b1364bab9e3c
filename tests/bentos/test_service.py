"""The service as people start it: empty registry, first promotion, another promotion under load."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest
from mlflow import MlflowClient
from websockets.sync.client import connect

from bentos import registry
from bentos.live import wire
from tests.bentos.live.streams import drawn_sign, resting
from tests.bentos.serving import ROOT, Served, loaded_libraries, serve
from tests.bentos.translation.standin import StandIn, standing_in

NAME = "pose2gloss"


def register(client: MlflowClient, folder: Path) -> str:
    try:
        client.create_registered_model(NAME)
    except Exception as error:
        assert "already exists" in str(error)  # noqa: PT017
    return str(client.create_model_version(NAME, source=str(folder)).version)


def promote(client: MlflowClient, version: str) -> None:
    registry.point_at(client, NAME, version, by="test", why="test")


def test_from_an_empty_registry_to_a_promotion_under_load(tiny_models, tmp_path, clip):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    client.search_registered_models()
    body = json.dumps({"landmarks": [[[0.5, 0.5, 0.0]] * 180] * 5, "top_n": 12}).encode()
    headers = {"content-type": "application/json"}
    environ = {"MLFLOW_TRACKING_URI": uri, "ISLR_POLL_SECONDS": "0.5", "ISLR_LIVE_THRESHOLD": "0"}
    with (
        standing_in(StandIn()) as llm,
        serve(tmp_path / "log", ISLR_LLM_BASE_URL=llm.url, **environ) as served,
    ):
        health = served.wait("/health", 503).json()
        assert "no registered model is named pose2gloss" in health["reason"]
        assert served.get("/readyz").status_code == 503
        assert served.get("/").status_code == 200
        refused = httpx.post(served.url + "/predict", content=body, headers=headers)
        assert (refused.status_code, "no model is loaded" in refused.text) == (503, True)

        promote(client, register(client, tiny_models(1)))
        end = time.monotonic() + 60
        while any(served.get("/readyz").status_code != 200 for _ in range(16)):  # every process has it
            assert time.monotonic() < end
        second = register(client, tiny_models(2))
        statuses, versions, stop = [], set(), threading.Event()

        def load() -> None:
            with httpx.Client(timeout=20) as session:
                while not stop.is_set():
                    statuses.append(session.post(served.url + "/predict", content=body, headers=headers).status_code)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        promote(client, second)
        end = time.monotonic() + 60
        while time.monotonic() < end and versions != {second}:
            versions = {served.get("/metadata").json()["version"] for _ in range(8)}
        stop.set()
        for thread in threads:
            thread.join()
        assert versions == {second}
        assert len(statuses) > 20
        assert set(statuses) <= {200}
        assert_english_comes_from_the_runner(served, llm)
        assert_a_phrase_goes_on_in_any_process(served)
        assert "islr_llm_requests_total" in served.get("/metrics").text
        assert loaded_libraries(served) == set()
    lines = (tmp_path / "log").read_text()
    assert "Traceback" not in lines


def assert_english_comes_from_the_runner(served: Served, llm: StandIn) -> None:
    candidates = [[{"gloss": "book", "score": 0.8}, {"gloss": "go", "score": 0.1}]]
    answer = httpx.post(served.url + "/translate", json={"candidates": candidates}, timeout=20)
    assert answer.json() == {"text": "I want a book.", "source": "llm", "glosses": ["book"]}
    llm.manner = "500"
    answer = httpx.post(served.url + "/translate", json={"candidates": candidates * 2}, timeout=20)
    assert answer.json() == {"text": "Book book.", "source": "glosses", "glosses": ["book", "book"]}


def assert_a_phrase_goes_on_in_any_process(served: Served) -> None:
    url = served.url.replace("http", "ws") + "/live"
    token = None
    with connect(url) as socket:
        for i, landmarks in enumerate([*resting(25, 0.5), *drawn_sign(25, 1.0), *resting(25, 0.6)]):
            socket.send(wire.write_frame(i / 25, landmarks))
            time.sleep(0.01)
        while token is None:
            event = json.loads(socket.recv(10))
            token = event["token"] if event["type"] == "committed" else None
    for _ in range(8):
        with connect(url) as socket:
            socket.send(json.dumps({"type": "start", "token": token}))
            ready = json.loads(socket.recv(10))
            assert ready["resumed"]
            assert len(ready["phrase"]) == 1


def test_serving_imports_nothing_heavy(tiny_model):
    program = (
        "import sys, asyncio, bentos.service, bentos.translation.llm, mlflow\n"
        "from pathlib import Path\n"
        "from bentos import loading, registry\n"
        f"model = loading.load(Path({str(tiny_model)!r}))\n"
        "model.predict(loading.made_up_clip())\n"
        "heavy = {'tensorflow', 'keras', 'mediapipe', 'cv2', 'stages', 'sklearn', 'matplotlib'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr[-2000:]


@pytest.mark.parametrize("path", sorted(p for p in (ROOT / "bentos").rglob("*.py")), ids=lambda p: p.name)
def test_nothing_of_stages_is_imported(path):
    text = path.read_text()
    assert "import stages" not in text
    assert "from stages" not in text
