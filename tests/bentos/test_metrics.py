"""Metrics of all processes, whose number no client can make grow."""

import os
import subprocess
import sys

from tests.bentos.serving import ROOT


def test_metrics_have_bounded_labels(client):
    for i in range(20):
        client.get(f"/made-up-{i}")
    client.get("/health")
    text = client.get("/metrics").text
    assert "made-up" not in text
    assert 'islr_requests_total{route="/health",status="200"}' in text


def test_the_counts_of_all_processes_are_added_up(tmp_path):
    environ = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for does in (
        "MODEL_SWAPS.inc()",
        "MODEL_SWAPS.inc(2)",
        "MODEL_SWAPS.inc(4); print(metrics.exposition()[0].decode())",
    ):
        program = [sys.executable, "-c", f"from bentos import metrics; metrics.{does}"]
        done = subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert "\nislr_model_swaps_total 7.0\n" in done.stdout


def counted(folder, does: str) -> str:
    """What another process prints after it did something with the metrics of this folder."""
    environ = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    program = [sys.executable, "-c", f"import os, signal; from bentos import metrics; {does}"]
    return subprocess.run(program, cwd=ROOT, env=environ, capture_output=True, text=True, check=False).stdout


def test_a_process_that_was_killed_leaves_its_counts_and_not_its_sessions(tmp_path):
    killed = "metrics.SESSIONS.inc(3); metrics.MODEL_SWAPS.inc(2); os.kill(os.getpid(), signal.SIGKILL)"
    assert counted(tmp_path, killed) == ""
    (tmp_path / "counter_999999999.db").write_bytes(b"")  # killed between making and filling it
    (tmp_path / "histogram_999999998.db").write_bytes(b"\xff" * 100)
    text = counted(tmp_path, "print(metrics.exposition()[0].decode())")
    assert "\nislr_model_swaps_total 2.0\n" in text
    assert "\nislr_live_sessions 3.0\n" not in text
