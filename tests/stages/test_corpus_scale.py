"""A corpus as large as all of WLASL goes through augment, transform and a training epoch in bounded memory."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages.pose.store import Clip, StoreWriter
from tests.stages.clips import signer

ROOT = Path(__file__).resolve().parents[2]
CLIPS, GLOSSES, LIMIT_GB = 21_000, 2_000, 4.0
PARAMS = """
augment: {frequency: 1}
train:
  epochs: 1
  batch_size: 64
  gislr: {dim: 16, groups: 1, conv_blocks: 1, kernel: 5}
"""
RUN = """
import resource, runpy, sys
module, sys.argv = sys.argv[1], sys.argv[1:]
runpy.run_module(module, run_name="__main__")
open("peak", "w").write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9))
"""


@pytest.fixture
def large(tmp_path):
    """21,000 clips of 65 frames on average: 1.5 GB of landmarks."""
    shapes = [signer(int(n), i, i) for i, n in enumerate(np.random.default_rng(0).integers(30, 100, 50))]
    splits = np.array(["train", "train", "train", "train", "val", "test"])[np.arange(CLIPS) % 6]
    with StoreWriter(tmp_path / "data/landmarks") as writer:
        for i in range(CLIPS):
            points = shapes[i % 50].astype(np.float16)
            writer.append(Clip(f"{i:05}", f"g{i % GLOSSES}", splits[i], "s", "w", "0" * 64, 25.0, 320, 240, points))
    table = pd.DataFrame({"video_id": [f"{i:05}" for i in range(CLIPS)], "split": splits, "signer": "s", "source": "w"})
    table["label"] = (np.arange(CLIPS) % GLOSSES).astype("int32")
    table["gloss"] = [f"g{i}" for i in table["label"]]
    table.to_parquet(tmp_path / "data/splits.parquet")
    (tmp_path / "data/labels.json").write_text(json.dumps([f"g{i}" for i in range(GLOSSES)]))
    (tmp_path / "params.yaml").write_text(PARAMS)
    (tmp_path / "run.py").write_text(RUN)
    return tmp_path


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_21000_clips_stay_under_four_gigabytes(large):
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    for stage in ("stages.augment", "stages.transform", "stages.train gislr"):
        command = [sys.executable, "run.py", *stage.split()]
        subprocess.run(command, cwd=large, env=environment, check=True)
        peak = float((large / "peak").read_text())
        sys.stdout.write(f"{stage}: {peak:.2f} GB\n")
        assert peak < LIMIT_GB, stage
    assert json.loads((large / "reports/train/gislr.json").read_text())["val"]["n"] == CLIPS // 6
