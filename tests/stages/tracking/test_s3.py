"""MLflow's artifacts and DVC's outputs in S3, on a server that speaks it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stages.tracking import runs
from stages.tracking.connect import connect

pytest.importorskip("moto", reason="no S3 server: uv sync --group team")
pytest.importorskip("dvc_s3", reason="DVC does not speak S3 here: uv sync --group team")


@pytest.fixture
def bucket(monkeypatch):
    """Address of a server that holds an empty bucket, `team`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    settings = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_DEFAULT_REGION": "us-east-1"}
    for name, value in (settings | {"MLFLOW_S3_ENDPOINT_URL": endpoint, "AWS_ENDPOINT_URL": endpoint}).items():
        monkeypatch.setenv(name, value)
    boto3.client("s3").create_bucket(Bucket="team")
    yield endpoint
    server.stop()


def test_artifacts_of_runs(bucket, mlflow_uri, monkeypatch, tmp_path):
    from mlflow.artifacts import download_artifacts

    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", "s3://team/mlflow")
    client = connect()
    run = runs.open_run(client, "work", "train", {})
    (tmp_path / "report.md").write_text("all is well")
    runs.add_files(client, run, {"reports": tmp_path / "report.md"})
    assert client.get_run(run).info.artifact_uri.startswith("s3://team/mlflow/")
    found = download_artifacts(run_id=run, artifact_path="reports/report.md", tracking_uri=mlflow_uri)
    assert Path(found).read_text() == "all is well"


def test_outputs_go_there_and_come_back(bucket, tmp_path):
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "DVC_NO_ANALYTICS": "1"}

    def run(*command: str) -> None:
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stdout + done.stderr

    run("git", "init", "-q")
    run("dvc", "init", "-q")
    run("dvc", "remote", "add", "-q", "-d", "store", "s3://team/dvc")
    run("dvc", "remote", "modify", "store", "endpointurl", bucket)
    (tmp_path / "model.tflite").write_bytes(b"a graph")
    run("dvc", "add", "-q", "model.tflite")
    run("dvc", "push", "-q")
    (tmp_path / "model.tflite").unlink()
    for path in sorted((tmp_path / ".dvc" / "cache").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    run("dvc", "pull", "-q")
    assert (tmp_path / "model.tflite").read_bytes() == b"a graph"
