"""What serves, through everything that pipeline, experiments and people do to the registry."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from bentos.contract.registry import MODEL_NAME, resolve_production
from stages import register
from stages.tracking.connect import connect
from tests.stages import project
from tests.stages.registry import at_once, marks, registered


def rest(address: str, route: str, body: dict) -> dict:
    """The call that MLflow's own page makes."""
    request = urllib.request.Request(  # noqa: S310
        f"{address}/api/2.0/mlflow/{route}", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


@pytest.fixture
def server(mlflow_uri, tmp_path):
    """`mlflow server` over HTTP, with the test's database; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--backend-store-uri", mlflow_uri, "--artifacts-destination", str(tmp_path / "served")]
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=tmp_path, start_new_session=True)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{address}/health", timeout=1)  # noqa: S310
                break
            time.sleep(0.25)
        else:
            pytest.fail((tmp_path / "server.log").read_text()[-2000:])
        yield address
    finally:
        os.killpg(process.pid, 9)
        process.wait()


def test_the_story_of_a_registry(story, server, monkeypatch, capsys):
    """A promoted; worse B only registered; better C promoted; back to A; people move marks as MLflow's page does."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", server)
    client = connect()

    a = registered(worse=40, note="A")
    assert (a["version"], a["promoted"]) == ("1", True)

    b = registered(worse=95, note="B")
    assert (b["version"], b["promoted"], b["production"]) == ("2", False, "1")
    assert "worse than Production" in b["reason"]
    tags = client.get_model_version(MODEL_NAME, "2").tags
    assert (tags["gate"], tags["gate_against"]) == ("failed", "1")
    assert tags["gate_reason"] == b["reason"]

    c = registered(worse=0, note="C")
    assert (c["version"], c["promoted"]) == ("3", True)
    assert marks(client) == ("3", ["3"])
    assert client.get_model_version(MODEL_NAME, "1").current_stage == "Archived"

    register.main(["rollback", "--why", "confuses wave and up"])
    assert marks(client) == ("1", ["1"])
    assert "version 1 is Production again" in capsys.readouterr().out
    again = registered()
    assert (again["version"], again["promoted"], again["production"]) == ("3", False, "1")
    assert "confuses wave and up" in again["reason"]

    rest(server, "registered-models/alias", {"name": MODEL_NAME, "alias": "production", "version": "2"})
    assert resolve_production(client, MODEL_NAME).version == "2"
    assert marks(client) == ("2", ["2"])

    stage = {"name": MODEL_NAME, "version": "3", "stage": "Production", "archive_existing_versions": False}
    rest(server, "model-versions/transition-stage", stage)
    assert resolve_production(client, MODEL_NAME).version == "3"
    assert marks(client) == ("3", ["3"])

    rest(server, "registered-models/alias", {"name": MODEL_NAME, "alias": "production", "version": "1"})
    rest(server, "model-versions/transition-stage", stage | {"version": "2"})
    resolution = resolve_production(client, MODEL_NAME)
    assert resolution.version == "1"
    assert "alias production was moved to version 1, stage Production to version 2" in resolution.disagreement
    register.main(["list"])
    assert "version 1 is Production" in capsys.readouterr().out

    at_once(server, "1", "2")
    assert resolve_production(client, MODEL_NAME).disagreement is None
    assert marks(client) in (("1", ["1"]), ("2", ["2"]))


def test_experiments_register_and_never_promote(story, monkeypatch):
    registered(worse=60, note="first")
    monkeypatch.setenv("DVC_EXP_NAME", "dorty-hask")
    result = registered(worse=0, note="better")
    assert (result["new"], result["promoted"], result["production"]) == (True, False, "1")
    assert "dorty-hask" in result["reason"]
    monkeypatch.delenv("DVC_EXP_NAME")
    assert registered()["promoted"]  # the same outputs, applied to the workspace and reproduced


def test_auto_promote_off_leaves_it_to_a_person(tracked):
    project.write_params(register={"auto_promote": False})
    result = registered()
    assert not result["promoted"]
    assert "auto_promote is off" in result["reason"]
    register.main(["promote", "1", "--why", "looked at it"])
    assert tracked.get_model_version(MODEL_NAME, "1").tags["promoted_why"] == "looked at it"
    assert registered()["production"] == "1"


def test_server_that_is_gone_is_one_sentence(tracked, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://ann:secret@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(SystemExit, match=r"^MLflow at http://127\.0\.0\.1:9 says: API request"):
        register.main([])


def test_missing_outputs_are_named(tracked):
    Path("reports/metrics.json").unlink()
    with pytest.raises(SystemExit, match=r"reports/metrics\.json missing: run `dvc repro`"):
        register.main([])
