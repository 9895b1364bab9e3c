"""Every command that README.md gives works as it stands, or a reason says why no test runs it."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from mlflow import MlflowClient

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
NAME = "pose2gloss"


def commands() -> list[str]:
    """Commands of the README's shell blocks, in order, without comments; continued lines as one."""
    blocks = re.findall(r"^```sh\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.M | re.S)
    lines = "".join(blocks).replace("\\\n", " ").splitlines()
    return [
        shlex.join(shlex.split(part, comments=True))
        for line in lines
        for part in line.split(" && ")
        if shlex.split(part, comments=True)
    ]


COMMANDS = commands()
NOT_RUN = {
    "python3 -m venv .venv": "makes an environment, and what follows fills it from a package registry",
    ".venv/bin/pip install -q uv": "asks a package registry",
    ".venv/bin/uv run dvc repro": "takes minutes; tests/test_end_to_end.py runs it on a small sample",
    ".venv/bin/uv run pytest -n 2": "is these tests",
    "dvc repro": "takes hours where it stands; tests/test_end_to_end.py runs it on a small sample",
    "dvc repro export": "takes hours where it stands; tests/test_end_to_end.py runs it on a small sample",
    "python -m stages.base": "needs an export of real signs; tests/stages/test_base.py makes a small one",
    "source .venv/bin/activate": "changes a shell",
    "export MLFLOW_TRACKING_URI=http://that-machine:5000": "changes a shell",
    "bentoml serve": "serves until it is ended; tests/test_end_to_end.py does",
    "mlflow ui --backend-store-uri sqlite:///mlflow.db": "serves until it is ended; `mlflow server` runs here",
}
DVC = [c for c in COMMANDS if c.startswith("dvc ") and not c.startswith(("dvc exp run", "dvc repro"))]
EXPERIMENTS = [c for c in COMMANDS if c.startswith("dvc exp run")]
REGISTER = [c for c in COMMANDS if c.startswith("python -m stages.register")]
PRESETS = [c for c in COMMANDS if c.startswith("python -m stages.preset")]
SERVER = [c for c in COMMANDS if c.startswith("mlflow server")]


def test_every_command_is_run_here_or_has_a_reason():
    run = {*DVC, *EXPERIMENTS, *PRESETS, *REGISTER, *SERVER}
    assert run
    assert set(COMMANDS) == run | NOT_RUN.keys()
    assert not run & NOT_RUN.keys()


def test_commands_of_dvc(small_clone, tmp_path):
    """In a small clone that was run and committed; its own folder takes the place of the README's remote."""
    clone = small_clone.copy(tmp_path)
    (clone.root / ".dvc" / "config.local").unlink()
    for command in DVC:
        clone.run(*shlex.split(command.replace("/mnt/big/islr", str(tmp_path / "store"))))
    assert any((tmp_path / "store").rglob("*.dir"))


@pytest.mark.parametrize("command", EXPERIMENTS)
def test_experiments_change_parameters_that_there_are(command, tmp_path, monkeypatch):
    """`-S` puts them into params.yaml, where every stage then finds them right."""
    from dvc.cli.parser import get_main_parser
    from dvc.utils.hydra import apply_overrides

    from stages import fetch
    from stages.params import load

    changes = get_main_parser().parse_args(shlex.split(command)[1:]).set_param
    params = tmp_path / "params.yaml"
    shutil.copy(ROOT / "params.yaml", params)
    apply_overrides(params, changes)
    assert load("fetch", fetch.Params, params)
    assert params.read_text() != (ROOT / "params.yaml").read_text()


@pytest.mark.parametrize("command", PRESETS)
def test_presets_are_written(command, tmp_path, monkeypatch):
    from stages import preset

    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    preset.main(shlex.split(command)[3:])
    assert Path("params.yaml").read_text() != (ROOT / "params.yaml").read_text()


@pytest.fixture
def registry(mlflow_uri, mlflow_client, tmp_path, monkeypatch):
    """Three versions, the first in Production."""
    from bentos.contract.registry import point_at

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    client = mlflow_client
    experiment = client.create_experiment("islr", artifact_location=(tmp_path / "artifacts").as_uri())
    client.create_registered_model(NAME)
    for number in range(1, 4):
        run = client.create_run(experiment)
        client.log_text(run.info.run_id, json.dumps({"labels": ["book", f"sign{number}"]}), "model/metadata.json")
        client.log_text(run.info.run_id, "a graph", "model/model.tflite")
        client.create_model_version(NAME, f"{run.info.artifact_uri}/model", run_id=run.info.run_id)
    point_at(client, NAME, "1", by="ann", why="first")
    return client


def test_commands_of_the_registry(registry: MlflowClient, capsys):
    from stages import register

    said, serving = {}, {}
    for command in REGISTER:
        arguments = shlex.split(command)[3:]
        register.main(arguments)
        said[arguments[0]] = capsys.readouterr().out
        serving[arguments[0]] = registry.get_registered_model(NAME).aliases["production"]
    assert len(said["list"].splitlines()) >= 5
    assert "version 3 against version 1" in said["diff"]
    assert "glosses +1: sign3" in said["diff"]
    assert [str(serving[name]) for name in ("list", "diff", "promote", "rollback")] == ["1", "1", "3", "1"]


@pytest.fixture
def team_server(mlflow_uri, tmp_path):
    """The README's `mlflow server`, with a free port and a database of the test; (port, name of the machine)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    command = SERVER[0].replace("5000", port).replace("sqlite:///mlflow.db", mlflow_uri)
    env = os.environ | {"PATH": f"{BIN}:{os.environ['PATH']}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with (tmp_path / "server.log").open("w") as log:
        process = subprocess.Popen(
            [*shlex.split(command), "--port", port, "--workers", "1"],
            cwd=tmp_path,
            env=env,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)
                break
            except urllib.error.HTTPError:  # it answers
                break
            except OSError:
                assert process.poll() is None, (tmp_path / "server.log").read_text()
                time.sleep(0.1)
        yield port, "that-machine"
    finally:
        os.killpg(process.pid, 9)
        process.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has 127.0.0.2 without being asked for it")
def test_team_server_answers_other_machines(team_server):
    """127.0.0.2 reaches what listens on all addresses, not what listens on 127.0.0.1 alone."""
    port, name = team_server

    def status(host: str) -> int:
        body = json.dumps({"max_results": 1}).encode()
        address = f"http://127.0.0.2:{port}/api/2.0/mlflow/experiments/search"
        headers = {"Host": host, "Content-Type": "application/json"}
        try:
            request = urllib.request.Request(address, body, headers)
            return urllib.request.urlopen(request, timeout=30).status  # noqa: S310
        except urllib.error.HTTPError as error:
            return error.code

    assert status(f"{name}:{port}") == 200
    assert status(f"localhost:{port}") == 200
    assert status(f"another-name.example:{port}") == 403
