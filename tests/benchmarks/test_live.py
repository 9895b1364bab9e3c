"""Live sessions under load, replayed from held-out clips: python -m pytest tests/benchmarks/test_live.py -s

`ISLR_BENCHMARK_LANDMARKS` names a file of imported landmarks, `ISLR_BENCHMARK_MODEL` a model other than the base;
`ISLR_BENCHMARK_SECONDS` (300 for the figures that count), `ISLR_BENCHMARK_SESSIONS`.
"""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from bentos.settings import Settings
from tests.benchmarks.life import Stream, mixed, stream_of
from tests.benchmarks.test_serving import say
from tests.bentos.serving import ROOT, UNLIMITED, Served, serve
from tests.bentos.translation.standin import StandIn, standing_in

SECONDS = float(os.environ.get("ISLR_BENCHMARK_SECONDS", "30"))
SESSIONS = int(os.environ.get("ISLR_BENCHMARK_SESSIONS", "50"))
FPS = 15
ROWS, SIGNS = 12, 8  # of streams that the sessions play


@pytest.fixture(scope="module")
def streams(heldout) -> list[Stream]:
    """Rows of signs with rests between."""
    glosses = list(dict.fromkeys(clip.gloss for clip in heldout))
    rows = mixed(heldout, glosses, [], ROWS, SIGNS)
    return [stream_of(row, FPS) for row in rows]


def replay(served: Served, streams: list[Stream], folder: Path, sessions: int, phrase_pause: float) -> dict:
    """What `live_load` saw of the service."""
    file = folder / "streams.npz"
    offsets = np.cumsum([0, *(len(stream.frames) for stream in streams)])
    frames = np.stack([landmarks for stream in streams for _, landmarks in stream.frames])
    ends = np.zeros(len(frames), bool)
    for offset, stream in zip(offsets, streams, strict=False):
        ends[[offset + round(sign.end * FPS) for sign in stream.truth]] = True
    np.savez(file, frames=frames, ends=ends, offsets=offsets, phrase_pause=phrase_pause)
    url = served.url.replace("http", "ws") + "/live"
    program = [
        sys.executable,
        "-m",
        "tests.benchmarks.live_load",
        url,
        str(sessions),
        str(SECONDS),
        str(FPS),
        str(file),
    ]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 240)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.strip().splitlines()[-1])
    say(f"\n{sessions} sessions, {FPS} frames a second, {SECONDS:g} s: {found}")
    assert found["errors"] == []
    assert found["answered"] == found["started"] >= found["stretches"]
    assert found["busy"] == 0
    return found


def test_many_sessions(served_model, streams, tmp_path):
    environ = UNLIMITED | {"ISLR_MODEL_DIR": str(served_model), "ISLR_LIVE_THRESHOLD": "0"}
    with serve(tmp_path / "log", **environ) as served:
        served.wait("/readyz", 200)
        held = {"before": sum(served.memory().values())}
        early = threading.Timer(SECONDS / 3, lambda: held.update({"after a third": sum(served.memory().values())}))
        early.start()
        found = replay(served, streams, tmp_path, SESSIONS, Settings().live_phrase_pause)
        held["after"] = sum(served.memory().values())
    say("memory, MB: " + ", ".join(f"{when} {size:.0f}" for when, size in held.items()))
    assert found["wait_ms"]["p95"] <= 450
    assert held["after"] <= 1.05 * held["after a third"]


def test_english_comes_soon_after_the_phrase(served_model, streams, tmp_path):
    """A language model that takes 0.4 s; every sign is a phrase of its own, so it is asked all the time."""
    environ = UNLIMITED | {"ISLR_MODEL_DIR": str(served_model), "ISLR_LIVE_THRESHOLD": "0"}
    environ |= {"ISLR_LIVE_PHRASE_PAUSE": "0.8"}
    with standing_in(StandIn(seconds=0.4)) as llm:
        environ |= {"OPENAI_API_KEY": "sk-none", "ISLR_LLM_BASE_URL": llm.url, "ISLR_LLM_CACHE_SIZE": "0"}
        with serve(tmp_path / "log", **environ) as served:
            served.wait("/readyz", 200)
            found = replay(served, streams, tmp_path, SESSIONS // 3, 0.8)
    assert set(found["english_ms"]) == {"llm"}
    assert found["english_ms"]["llm"]["p95"] < 1000
