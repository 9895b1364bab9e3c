"""Versions that must not serve, promoted one after the other while clips are recognised: nobody notices."""

import json
import shutil
import threading
import time
from pathlib import Path

import httpx
import numpy as np
import pytest
from mlflow import MlflowClient

from bentos.contract import integrity
from tests.bentos.clients import as_json
from tests.bentos.registered import promote, register
from tests.bentos.serving import UNLIMITED, Served, serve
from tests.bentos.tiny_model import LABELS, altered, broken

PREDICT = "\n\ndef _predict(self, landmarks, fps=None, aspect=None):\n    BODY\n\n\nPose2Gloss.predict = _predict\n"


def code(good: Path, body: str) -> str:
    """The code of a model whose predictions are something else."""
    return (good / "pose2gloss.py").read_text() + PREDICT.replace("BODY", body)


def golden(good: Path, folder: Path, **changed) -> Path:
    """A sealed copy whose recorded answers have other arrays; None leaves one out."""
    shutil.copytree(good, folder)
    with np.load(folder / "golden.npz") as file:
        said = {name: file[name] for name in file.files} | changed
    np.savez(folder / "golden.npz", **{name: array for name, array in said.items() if array is not None})
    integrity.seal(folder)
    return folder


def made(good: Path, other: Path, base: Path) -> dict[str, tuple[Path, str]]:
    """Twenty folders, each broken in its own way before it was registered, and what is to be said of it."""
    said = json.loads((good / "metadata.json").read_text())
    reversed_labels = json.dumps(said | {"labels": LABELS[::-1]})
    learnt = json.dumps(said | {"learnt_from": {"clips": [1], "signers": [1]}})
    whole = (good / "golden.npz").read_bytes()
    files = {
        "exits at import": ({"pose2gloss__py": "import sys; sys.exit(0)"}, "SystemExit"),
        "ends the process": ({"pose2gloss__py": "import os; os._exit(0)"}, "exit status 0"),
        "crashes": ({"pose2gloss__py": code(good, "import os; os.abort()")}, "SIGABRT"),
        "works without end": ({"pose2gloss__py": "while True: pass"}, "its code was "),
        "raises anything": ({"pose2gloss__py": "raise BaseException('x')"}, "BaseException: x"),
        "takes all memory": ({"pose2gloss__py": code(good, "return bytearray(2**42)")}, "MemoryError"),
        "raises when asked": ({"pose2gloss__py": code(good, "raise RuntimeError('tired')")}, "RuntimeError: tired"),
        "is no Python": ({"pose2gloss__py": "def"}, "SyntaxError"),
        "exits when asked": ({"pose2gloss__py": code(good, "raise SystemExit(1)")}, "SystemExit: 1"),
        "answers otherwise": ({"model__tflite": (other / "model.tflite").read_bytes()}, "probabilities that differ"),
        "is no graph": ({"model__tflite": b"no graph"}, "does not load"),
        "has no graph": ({"model__tflite": None}, "holds no model.tflite"),
        "has no recorded answers": ({"golden__npz": None}, "there is no golden.npz"),
        "has cut answers": ({"golden__npz": whole[: len(whole) // 2]}, "golden.npz cannot be read"),
        "has cut figures": ({"vocabulary__npz": whole[: len(whole) // 3]}, "vocabulary.npz cannot be read"),
        "has reversed labels": ({"metadata__json": reversed_labels}, "label 0 is 'fine'"),
        "has cut metadata": ({"metadata__json": "{"}, "not valid JSON"),
        "says nonsense": ({"metadata__json": learnt}, "learnt_from"),
    }
    versions = {name: (broken(good, base / name, **changed), reason) for name, (changed, reason) in files.items()}
    nothing = {"landmarks": np.empty((0, 180, 3)), "offsets": np.zeros(1, int), "probabilities": np.empty((0, 12))}
    none = golden(good, base / "records nothing", **nothing, fps=np.empty(0), aspect=np.empty(0))
    nameless = golden(good, base / "records no names", labels=None)
    return versions | {
        "records nothing": (none, "holds no clip"),
        "records no names": (nameless, "does not say labels"),
    }


class Load:
    """Clips that are recognised without a pause, and what is answered."""

    def __init__(self, url: str, clip: np.ndarray):
        self._url, self._body = url, as_json(clip)
        self.answers: list[tuple[int, str]] = []
        self.ended = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(2)]

    def _ask(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self.ended.is_set():
                answer = client.post(f"{self._url}/predict", json=self._body)
                self.answers.append((answer.status_code, answer.text))

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self.ended.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_twenty_broken_versions_one_after_the_other_serve_nobody(tiny_models, mlflow_uri, tmp_path, clip):
    client = MlflowClient(mlflow_uri, mlflow_uri)
    good = tiny_models(1)
    promote(client, register(client, good))
    versions = made(good, tiny_models(2), tmp_path / "broken")
    assert len(versions) == 20
    settings = UNLIMITED | {"MLFLOW_TRACKING_URI": mlflow_uri, "ISLR_POLL_SECONDS": "0.5"}
    with serve(tmp_path / "log", **settings) as served:
        served.wait("/readyz", 200)
        before = workers(served)
        with Load(served.url, clip) as load:
            for name, (folder, reason) in versions.items():
                number = register(client, folder)
                promote(client, number)
                until = time.monotonic() + 300
                while reason not in (said := refusal(served.get("/metadata").json(), number)):
                    assert time.monotonic() < until, f"version {number} {name}, and /metadata says {said!r}"
                    time.sleep(0.2)
                assert said.startswith(f"version {number} of pose2gloss was refused, because ")
            metadata = served.get("/metadata").json()
            altered(good, tmp_path / "better", data_version="better")
            better = register(client, tmp_path / "better")
            promote(client, better)
            until = time.monotonic() + 300
            while served.get("/metadata").json()["version"] != better:
                assert time.monotonic() < until
                time.sleep(0.2)
        assert metadata["version"] == "1"
        assert {status for status, _ in load.answers} == {200}
        assert len({text for _, text in load.answers}) == 1  # what the good version says
        assert len(load.answers) > 20
        assert before <= workers(served)  # no process was lost


def workers(served: Served) -> set[int]:
    """The service's processes, but for those in which it tries versions."""
    commands = {pid: Path(f"/proc/{pid}/cmdline") for pid in served.pids()}
    return {
        pid for pid, command in commands.items() if command.exists() and b"contract.trial" not in command.read_bytes()
    }


def refusal(metadata: dict, version: str) -> str:
    """Why a version does not serve, as /metadata says it; empty if it says nothing of it."""
    return next((refused["reason"] for refused in metadata["refused"] if refused["version"] == version), "")
