"""What the service's tests share: tiny real models, made in a process of their own."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from tests.bentos import tiny_model as tiny_model_program
from tests.kept import kept

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tiny_models(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Gives the folder of a tiny real model; another seed gives other weights, and "embedding" a second output.

    Read only; copy it to change it.
    """
    base = tmp_path_factory.mktemp("tiny")
    made_of = b"".join(path.read_bytes() for path in (Path(tiny_model_program.__file__), tiny_model_program.CODE))

    def write(folder: Path, seed: int, *more: str) -> None:
        program = [sys.executable, "-m", tiny_model_program.__name__, str(folder), str(seed), *more]
        environ = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": ""}
        subprocess.run(program, check=True, cwd=ROOT, capture_output=True, env=environ, timeout=300)

    @cache
    def model(seed: int = 1, *more: str) -> Path:
        name = " ".join((str(seed), *more))
        of = f"{version('tensorflow')} {name}".encode() + made_of
        return kept(pytestconfig, "tiny", of, lambda folder: write(folder, seed, *more), base / name)

    return model


@pytest.fixture(scope="session")
def tiny_model(tiny_models: Callable[..., Path]) -> Path:
    """The folder of a tiny real model."""
    return tiny_models(1)


@pytest.fixture(scope="session")
def embedding_model(tiny_models: Callable[..., Path]) -> Path:
    """The folder of a tiny real model that gives an embedding, too."""
    return tiny_models(1, "embedding")


@pytest.fixture(scope="session")
def client(tiny_model: Path):
    """A client of a front that serves a tiny model as version 7 of run abc, as often as asked. Change nothing in it."""
    from bentos.model.versions import FolderSource
    from bentos.settings import Settings
    from tests.bentos.clients import client_for

    version = {"version": "7", "run_id": "abc"}
    return client_for(FolderSource(tiny_model, version), Settings(costly_per_minute=0, rate_per_minute=0))


@pytest.fixture
def clip() -> np.ndarray:
    """A made-up clip (30, 180, 3) with a moving right hand, a pose, a face and no left hand."""
    rng = np.random.default_rng(5)
    landmarks = rng.random((30, 180, 3)).astype(np.float32)
    landmarks[:, :21] = np.nan
    landmarks[:, 21:42, 0] += np.linspace(-0.3, 0.3, 30)[:, None]
    return landmarks
