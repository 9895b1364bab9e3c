"""The service beside a minimal one done the plain way, in one run: python -m pytest tests/benchmarks/test_serving.py -s

Alternating rounds, so that whatever else the machine does falls on all of them. `ISLR_BENCHMARK_SECONDS` is the length
of one round.
"""

import json
import os
import statistics
import subprocess
import sys
import time

import httpx
import numpy as np
import pytest

from bentos.contract import loading
from bentos.http import bodies
from tests.benchmarks.load import load, request
from tests.bentos.serving import ROOT, UNLIMITED, free_port, serve

SECONDS = float(os.environ.get("ISLR_BENCHMARK_SECONDS", "5"))
ROUNDS = 3
CLIENTS = 8
FRAMES = 65


def say(text: str) -> None:
    """A line of the report."""
    sys.stdout.write(text + "\n")


@pytest.fixture(scope="module")
def clip() -> np.ndarray:
    """65 frames in which all is seen (the plain service knows no missing points)."""
    return np.random.default_rng(3).random((FRAMES, 180, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def naive(full_model):
    """The plain service's port."""
    port = free_port()
    program = [sys.executable, "-m", "tests.benchmarks.naive", str(full_model), str(port), str(os.cpu_count())]
    environ = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2"}
    process = subprocess.Popen(program, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 180
    while time.monotonic() < end:
        try:
            httpx.get(f"http://127.0.0.1:{port}/none", timeout=5)
            break
        except httpx.TransportError:
            time.sleep(0.5)
    time.sleep(5)  # its other workers
    yield port
    process.terminate()
    process.wait(20)


def median(rounds: list) -> dict[str, float]:
    """The median of each figure over the rounds."""
    rows = [r.row() for r in rounds]
    return {key: round(statistics.median(row[key] for row in rows), 2) for key in rows[0]}


def test_requests_per_second_beside_the_plain_way(full_model, naive, clip, tmp_path):
    text = json.dumps({"landmarks": clip.tolist(), "top_n": 5}).encode()
    half = clip.astype("<f2").tobytes()
    by_json = request("/predict", text, "application/json")
    by_half = request("/predict", half, next(iter(bodies.MEDIA_TYPES)))
    with serve(tmp_path / "log", ISLR_MODEL_DIR=str(full_model), **UNLIMITED) as served:
        served.wait("/readyz", 200)
        ways = {"plain, JSON": (naive, by_json), "JSON": (served.port, by_json), "binary": (served.port, by_half)}
        for port, message in ways.values():
            load(port, message, CLIENTS, 1)
        rounds = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, (port, message) in ways.items():
                rounds[name].append(load(port, message, CLIENTS, SECONDS))
        single = load(served.port, by_json, 1, SECONDS)
        steps = {
            line.split()[0]: float(line.split()[1])
            for line in served.get("/metrics").text.splitlines()
            if "step" in line and line[0] != "#"
        }
    table = {name: median(found) for name, found in rounds.items()}
    say(f"\n{FRAMES} frames, {CLIENTS} clients, {os.cpu_count()} cores; JSON {len(text)} bytes, binary {len(half)}")
    for name, row in table.items():
        say(f"{name:12} {row}")
    say(f"one client, JSON: {single.row()}")
    for step in ("parse", "infer"):
        total, count = (steps[f'islr_step_seconds_{what}{{step="{step}"}}'] for what in ("sum", "count"))
        say(f"{step}: {1e3 * total / count:.2f} ms on average, waiting for a core included")
    assert all(row["failed"] == 0 for row in table.values())
    ratio_json = table["JSON"]["per_second"] / table["plain, JSON"]["per_second"]
    ratio_binary = table["binary"]["per_second"] / table["plain, JSON"]["per_second"]
    say(f"times the plain way: JSON {ratio_json:.1f}, binary {ratio_binary:.1f}")
    assert ratio_json >= 5
    assert ratio_binary >= 10
    assert table["JSON"]["p99"] < table["plain, JSON"]["p99"]


def timed(job, repeats: int = 30) -> float:
    """Fastest of several calls, in milliseconds: what it costs when nothing else runs."""
    best = float("inf")
    for _ in range(repeats):
        began = time.perf_counter()
        job()
        best = min(best, time.perf_counter() - began)
    return best * 1e3


def test_where_the_time_goes(full_model, clip):
    text = json.dumps({"landmarks": clip.tolist(), "top_n": 5}).encode()
    missing = clip.copy()
    missing[:, :21] = np.nan
    nulls = json.dumps(
        {"landmarks": [[[None if np.isnan(v) else float(v) for v in p] for p in f] for f in missing]}
    ).encode()
    half = clip.astype("<f2").tobytes()
    media_type = next(iter(bodies.MEDIA_TYPES))
    model = loading.load(full_model)
    rows = {
        "parse JSON": timed(lambda: bodies.from_json(text, 512)),
        "parse JSON with nulls": timed(lambda: bodies.from_json(nulls, 512)),
        "parse JSON by lists": timed(lambda: np.asarray(json.loads(text)["landmarks"], np.float32)),
        "parse binary": timed(lambda: bodies.from_binary(half, media_type, {}, 512)),
        "model, 65 frames": timed(lambda: model.predict(clip)),
        "model, 195 frames": timed(lambda: model.predict(np.concatenate([clip] * 3))),
    }
    for name, milliseconds in rows.items():
        say(f"{name:24} {milliseconds:6.2f} ms")
    assert rows["parse JSON"] < rows["parse JSON by lists"] / 4
