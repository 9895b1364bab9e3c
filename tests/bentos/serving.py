"""Runs the real service in processes of its own, as a person would: `bentoml serve` in the repository's root."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
# settings of a service that is put under load from one address
UNLIMITED = {"ISLR_RATE_PER_MINUTE": "0", "ISLR_LIVE_SESSIONS_PER_CLIENT": "1000"}
FORBIDDEN = ("tensorflow", "mediapipe", "cv2", "keras", "/stages/")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def code_alone(folder: Path) -> Path:
    """A clone of the repository as far as serving needs it: no data, no registry."""
    shutil.copytree(ROOT / "bentos", folder / "bentos", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


class Served:
    """A service under test."""

    def __init__(self, process: subprocess.Popen, port: int, log: Path):
        self.process, self.port, self.log = process, port, log
        self.url = f"http://127.0.0.1:{port}"

    def get(self, path: str) -> httpx.Response:
        """GET, with a time-out."""
        return httpx.get(self.url + path, timeout=20)

    def wait(self, path: str, status: int, seconds: float = 180) -> httpx.Response:
        """Wait until a path answers with that status."""
        end = time.monotonic() + seconds
        answer = None
        while time.monotonic() < end:
            assert self.process.poll() is None, f"the service ended:\n{self.tail()}"
            try:
                answer = self.get(path)
                if answer.status_code == status:
                    return answer
            except httpx.TransportError:
                pass
            time.sleep(0.2)
        raise AssertionError(f"{path} does not answer {status} but {answer and answer.text}:\n{self.tail()}")

    def tail(self) -> str:
        """The end of the service's log."""
        return "\n".join(self.log.read_text().splitlines()[-40:])

    def pids(self) -> list[int]:
        """The service's processes."""
        found, queue = [], [self.process.pid]
        while queue:
            pid = queue.pop()
            found.append(pid)
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                queue += [int(child) for child in children.read_text().split()]
        return found

    def memory(self) -> dict[int, float]:
        """Megabytes that each of its processes holds."""
        return {pid: psutil.Process(pid).memory_info().rss / 2**20 for pid in self.pids()}


@contextmanager
def serve(log: Path, cwd: Path = ROOT, target: str | None = None, **environ: str) -> Iterator[Served]:
    """Start `bentoml serve`, and end it in the end."""
    port = free_port()
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("ISLR_", "OPENAI_", "MLFLOW_"))}
    env = clean | {"BENTOML_DO_NOT_TRACK": "True"} | environ
    command = [str(Path(sys.executable).with_name("bentoml")), "serve", *([target] if target else []), "-p", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=cwd, env=env, stdout=out, stderr=subprocess.STDOUT)
        served = Served(process, port, log)
        try:
            served.wait("/livez", 200)
            yield served
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()


def loaded_libraries(served: Served) -> set[str]:
    """Which of FORBIDDEN the service's processes have in memory."""
    found = set()
    for pid in served.pids():
        maps = Path(f"/proc/{pid}/maps")
        text = maps.read_text() if maps.exists() else ""
        found |= {name for name in FORBIDDEN if f"/{name}/" in text or (name.startswith("/") and name in text)}
    return found
