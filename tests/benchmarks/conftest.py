"""What the benchmarks share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.heldout import Clip, val_clips
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
def served_model() -> Path:
    """A model of real signs: `ISLR_BENCHMARK_MODEL`, or the base."""
    return Path(os.environ.get("ISLR_BENCHMARK_MODEL", ROOT / "data" / "base"))


@pytest.fixture(scope="session")
def heldout() -> list[Clip]:
    """Real clips of signs: val of `ISLR_BENCHMARK_LANDMARKS`, a file of imported landmarks."""
    file = Path(os.environ.get("ISLR_BENCHMARK_LANDMARKS", ""))
    if not file.is_file():
        pytest.skip("ISLR_BENCHMARK_LANDMARKS names no .npz file of imported landmarks with val clips")
    return val_clips(file)
