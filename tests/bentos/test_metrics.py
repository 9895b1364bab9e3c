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
