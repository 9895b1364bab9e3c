"""The service as people start it: no registry, a first promotion, another promotion under load."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
from mlflow import MlflowClient
from websockets.sync.client import connect

from bentos.live import wire
from tests.bentos.live.streams import drawn_sign, resting
from tests.bentos.registered import promote, register
from tests.bentos.serving import ROOT, UNLIMITED, Served, code_alone, loaded_libraries, serve
from tests.bentos.translation.standin import StandIn, standing_in


def everywhere(served: Served, version: str) -> None:
    """Wait until every process serves a version; no request may fail meanwhile."""
    end, seen = time.monotonic() + 60, set()
    while seen != {version}:
        assert time.monotonic() < end, f"still {seen}"
        seen = {served.get("/metadata").json()["version"] for _ in range(16)}


def test_from_the_base_to_a_promotion_under_load(tiny_models, empty_mlflow, tmp_path):
    clone = code_alone(tmp_path / "clone")
    body = json.dumps({"landmarks": [[[i / 180, 0.5, 0.0] for i in range(180)]] * 5, "top_n": 12}).encode()
    headers = {"content-type": "application/json"}
    environ = UNLIMITED | {"ISLR_POLL_SECONDS": "0.5", "ISLR_LIVE_THRESHOLD": "0"}
    with (
        standing_in(StandIn()) as llm,
        serve(tmp_path / "log", cwd=clone, ISLR_LLM_BASE_URL=llm.url, **environ) as served,
    ):
        health = served.wait("/health", 503).json()
        assert "there is no database" in health["reason"]
        assert f"no base model: there is no folder {clone / 'data' / 'base'}" in health["reason"]
        assert served.get("/readyz").status_code == 503
        assert served.get("/").status_code == 200
        refused = httpx.post(served.url + "/predict", content=body, headers=headers)
        assert (refused.status_code, "no model is loaded" in refused.text) == (503, True)

        (clone / "data").mkdir()
        shutil.copytree(tiny_models(2), tmp_path / "base")
        (tmp_path / "base").rename(clone / "data" / "base")
        end = time.monotonic() + 60
        while any(served.get("/readyz").status_code != 200 for _ in range(16)):  # every process has it
            assert time.monotonic() < end
        metadata = served.get("/metadata").json()
        assert (metadata["version"], metadata["source"]) == ("base", "base")
        assert httpx.post(served.url + "/predict", content=body, headers=headers).status_code == 200
        assert not (clone / "mlflow.db").exists()

        shutil.copy(empty_mlflow, tmp_path / "mlflow.db")
        (tmp_path / "mlflow.db").rename(clone / "mlflow.db")
        uri = f"sqlite:///{clone}/mlflow.db"
        client = MlflowClient(tracking_uri=uri, registry_uri=uri)
        promote(client, register(client, tiny_models(1)))
        everywhere(served, "1")
        second = register(client, tiny_models(2))
        statuses, stop = [], threading.Event()

        def load() -> None:
            with httpx.Client(timeout=20) as session:
                while not stop.is_set():
                    statuses.append(session.post(served.url + "/predict", content=body, headers=headers).status_code)

        threads = [threading.Thread(target=load) for _ in range(4)]
        for thread in threads:
            thread.start()
        promote(client, second)
        try:
            everywhere(served, second)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        assert len(statuses) > 20
        assert set(statuses) <= {200}
        assert_english_comes_from_the_runner(served, llm)
        assert_a_phrase_goes_on_in_any_process(served)
        assert "islr_llm_requests_total" in served.get("/metrics").text
        assert loaded_libraries(served) == set()
    lines = (tmp_path / "log").read_text()
    assert "Traceback" not in lines
    assert f"the base model in {clone / 'data' / 'base'} is taken until a version is promoted" in lines


def test_a_setting_that_does_not_fit_is_one_sentence(tmp_path):
    command = [str(Path(sys.executable).with_name("bentoml")), "serve"]
    environ = os.environ | {"ISLR_VOCABULARY": str(tmp_path / "mine.txt"), "BENTOML_DO_NOT_TRACK": "True"}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=120)
    assert done.returncode != 0
    assert f"ISLR_VOCABULARY: {tmp_path / 'mine.txt'} cannot be read (No such file or directory)" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


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
            socket.send(wire.encode_frame(i / 25, landmarks))
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
        "from bentos.contract import loading, registry\n"
        f"model = loading.load(Path({str(tiny_model)!r}))\n"
        "model.predict(loading.made_up_clip())\n"
        "heavy = {'tensorflow', 'keras', 'mediapipe', 'cv2', 'stages', 'sklearn', 'matplotlib'}\n"
        "print(sorted(heavy & {name.partition('.')[0] for name in sys.modules}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.stdout.strip().splitlines()[-1:] == ["[]"], done.stderr[-2000:]
