"""The doors of a running service: what no test of the app alone sees."""

import json
import os
import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from tests.bentos.serving import Served, serve


@pytest.fixture(scope="module")
def served(tiny_model, tmp_path_factory):
    log = tmp_path_factory.mktemp("doors") / "log"
    with serve(log, ISLR_MODEL_DIR=str(tiny_model)) as service:
        service.wait("/readyz", 200)
        yield service


def spoken(served: Served, content: bytes) -> bytes:
    """All that the service answers to these bytes, until it closes the connection."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=60) as connection:
        connection.sendall(content)
        answer = b""
        while part := connection.recv(65536):
            answer += part
        return answer


def test_it_listens_on_this_machine_alone(served):
    listening = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    mine = {
        row[1].split(":")[0] for row in listening if int(row[1].split(":")[1], 16) == served.port and row[3] == "0A"
    }
    assert mine == {"0100007F"}


@pytest.mark.parametrize(
    "path", ["/", "/livez", "/readyz", "/healthz", "/schema.json", "/health", "/nowhere", "/metrics"]
)
def test_every_route_has_safe_headers(served, path):
    headers = served.get(path).headers
    for name in ("x-content-type-options", "content-security-policy", "x-frame-options", "referrer-policy"):
        assert headers.get_list(name) == [headers[name]], path


def test_it_is_ready_while_the_translation_runner_does_not_answer(served):
    for pid in served.pids():
        if b"TranslationRunner" in Path(f"/proc/{pid}/cmdline").read_bytes():
            break
    else:
        raise AssertionError("there is no process of the runner")
    os.kill(pid, signal.SIGSTOP)
    try:
        answer = httpx.get(served.url + "/readyz", timeout=3)
    finally:
        os.kill(pid, signal.SIGCONT)
    assert answer.status_code == 200


def test_a_head_that_does_not_come_is_given_up(served):
    began = time.monotonic()
    assert spoken(served, b"GET /health HTTP/1.1\r\nhost: loc") == b""
    assert time.monotonic() - began < 50


def test_a_proxy_that_nobody_named_is_not_believed(served):
    forwarded = {"x-forwarded-for": "198.51.100.9"}
    assert httpx.get(served.url + "/metrics", timeout=20).status_code == 200
    assert httpx.get(served.url + "/metrics", headers=forwarded, timeout=20).status_code == 401


def test_a_second_service_of_the_same_user_and_a_killed_worker_leave_the_metrics(served, tiny_model, tmp_path):
    asked = [served.get("/vocabulary").status_code for _ in range(5)]
    assert set(asked) == {200}
    with serve(tmp_path / "log", ISLR_MODEL_DIR=str(tiny_model)) as second:
        second.wait("/readyz", 200)
    counted = 'islr_requests_total{route="/vocabulary",status="200"} 5.0'
    assert counted in served.get("/metrics").text
    workers = [pid for pid in served.pids() if b"worker.service" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[-1], signal.SIGKILL)
    served.wait("/readyz", 200)
    assert counted in served.get("/metrics").text


def test_the_log_is_json_lines_throughout(served):
    served.get("/health")
    lines = served.log.read_text().splitlines()
    strange = [line for line in lines if not isinstance(_parsed(line), dict)]
    assert lines
    assert strange == []


def _parsed(line: str):
    try:
        return json.loads(line)
    except ValueError:
        return None
