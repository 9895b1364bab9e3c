"""What the benchmarks share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.live_quality import Heldout
from tests.bentos.serving import ROOT


@pytest.fixture(scope="session")
def full_model(tmp_path_factory) -> Path:
    """A model of full size; `ISLR_BENCHMARK_MODEL` names one that is there already."""
    if os.environ.get("ISLR_BENCHMARK_MODEL"):
        return Path(os.environ["ISLR_BENCHMARK_MODEL"])
    folder = tmp_path_factory.mktemp("full")
    program = [sys.executable, "-m", "tests.benchmarks.full_model", str(folder)]
    subprocess.run(program, cwd=ROOT, check=True, capture_output=True, timeout=600)
    return folder


@pytest.fixture(scope="session")
def data() -> Path:
    """The data folder of a finished pipeline: `ISLR_BENCHMARK_DATA`, or this one's."""
    folder = Path(os.environ.get("ISLR_BENCHMARK_DATA", ROOT / "data"))
    if not (folder / "export" / "model.tflite").is_file() or not (folder / "landmarks").is_dir():
        pytest.skip(f"{folder} has no exported model and landmarks: run `dvc repro`, or set ISLR_BENCHMARK_DATA")
    return folder


@pytest.fixture(scope="session")
def heldout(data: Path) -> Heldout:
    """Its clips of val and test."""
    return Heldout(data)
