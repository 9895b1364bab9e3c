"""21,000 clips, as many as WLASL has: the store opens, filters, goes through validate and split in bounded memory."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.pose.store import LandmarkStore, StoreWriter
from tests.stages import corpora

ROOT = Path(__file__).resolve().parents[2]
CLIPS = 21_000
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
MEASURE = """
import resource, runpy, sys, time
start = time.monotonic()
runpy.run_module(sys.argv[1], run_name="__main__", alter_sys=True)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
sys.stdout.write(f"{sys.argv[1]}: peak {peak:.2f} GiB, {time.monotonic() - start:.0f} s\\n")
"""


@pytest.fixture(scope="module")
def full_size(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("full_size")
    rows = []
    (folder / "data").mkdir()
    with StoreWriter(folder / "data" / "landmarks") as writer:
        for clip in corpora.large(CLIPS):
            writer.append(clip)
            rows.append(replace(clip, landmarks=np.broadcast_to(np.float16(0), clip.landmarks.shape)))  # takes no room
    listed = corpora.manifest(rows)
    listed["label"] = listed["gloss"].rank(method="dense").astype(int) - 1
    listed.to_parquet(folder / "data" / "manifest.parquet", index=False)
    (folder / "params.yaml").write_text("validate: {}\nsplit: {}\n")
    return folder


def peak(folder: Path, module: str, capfd) -> float:
    """Run a stage in its own process; print and return its peak memory in GiB."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MEASURE, module]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-3000:]
    line = done.stdout.strip().splitlines()[-1]
    with capfd.disabled():
        sys.stdout.write(f"\n{line}\n")
    return float(line.split("peak ")[1].split(" GiB")[0])


def test_store_filters_by_gloss(full_size):
    store = LandmarkStore(full_size / "data" / "landmarks")
    assert len(store.summary()) == CLIPS
    clips = list(store.read(glosses=["gloss0007", "gloss1999"]))
    assert {clip.gloss for clip in clips} == {"gloss0007", "gloss1999"}
    assert len(clips) == 11 + 10


def test_validate_and_split_stay_small(full_size, capfd):
    assert peak(full_size, "stages.validate", capfd) < 4
    assert peak(full_size, "stages.split", capfd) < 2
    counts = json.loads((full_size / "reports" / "validation.json").read_text())["clips"]
    assert counts["valid"] == CLIPS
    assert len(pd.read_parquet(full_size / "data" / "splits.parquet")) == CLIPS
