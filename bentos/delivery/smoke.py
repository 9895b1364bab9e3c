"""Ask a running service whether it answers as recorded, and fast enough.

    python -m bentos.delivery.smoke http://localhost:3000 --model data/export --latency-ms 500
    python -m bentos.delivery.smoke --bento islr:a1b2c3        # serves the built bento itself, and ends it

The recorded answers are those in the model's own golden.npz. Exit status 1 and one sentence when something is wrong.
"""

import argparse
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from websockets.sync.client import connect

from bentos.contract.loading import GOLDEN_FILE, TOLERANCE, find, read_metadata

F32 = "application/vnd.islr.landmarks.f32"
ROUNDS, FRAMES = 20, 65  # predictions that are timed, and their frames: a usual length of a sign


class SmokeError(Exception):
    """The service must not be given to people; the message says why."""


def golden(model: Path) -> tuple[list[str], list[dict[str, Any]]]:
    """Labels and recorded answers of a model's folder.

    Returns:
        The labels as they were recorded, and a mapping for every clip: landmarks (frames, 180, 3) float32, fps, aspect,
        probabilities (labels,).

    Raises:
        SmokeError: the model brings no recorded answers.
    """
    path = find(model, GOLDEN_FILE)
    if path is None:
        raise SmokeError(f"{model} holds no {GOLDEN_FILE}: there is nothing to compare the service's answers with")
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    clips = []
    for i, expected in enumerate(arrays["probabilities"]):
        low, high = arrays["offsets"][i], arrays["offsets"][i + 1]
        clip = {"landmarks": arrays["landmarks"][low:high].astype("<f4"), "probabilities": expected}
        clips.append(clip | {"fps": float(arrays["fps"][i]), "aspect": float(arrays["aspect"][i])})
    return arrays["labels"].tolist() if "labels" in arrays else read_metadata(model)["labels"], clips


class Smoke:
    """The questions, in the order in which a failure says most.

    Args:
        url: of the service.
        wait_s: how long it may take to be ready.
    """

    def __init__(self, url: str, wait_s: float = 180):
        self.url, self.wait_s = url.rstrip("/"), wait_s
        self.client = httpx.Client(base_url=self.url, timeout=30)

    def ready(self) -> None:
        """Wait until the service says that it can answer."""
        end, said = time.monotonic() + self.wait_s, "nothing"
        while time.monotonic() < end:
            with contextlib.suppress(httpx.TransportError):
                answer = self.client.get("/readyz")
                if answer.status_code == 200:
                    return
                said = f"{answer.status_code} {answer.text[:200]}"
            time.sleep(0.5)
        raise SmokeError(f"{self.url}/readyz is not ready after {self.wait_s:g} s; it last said {said}")

    def get(self, path: str) -> httpx.Response:
        """GET that must be answered with 200."""
        answer = self.client.get(path)
        if answer.status_code != 200:
            raise SmokeError(f"{self.url}{path} answers {answer.status_code}: {answer.text[:300]}")
        return answer

    def identity(self, version: str | None) -> str:
        """Health and page answer, and the right version serves; returns the version."""
        self.get("/health")
        found = self.get("/metadata").json()["version"]
        if version is not None and found != version:
            raise SmokeError(f"{self.url} serves version {found}, not {version}")
        if "html" not in self.get("/").headers.get("content-type", ""):
            raise SmokeError(f"{self.url}/ is no page")
        return found

    def predict(self, clip: dict[str, Any], top_n: int) -> list[dict[str, Any]]:
        """The service's answer to a clip."""
        query = {"fps": clip["fps"], "aspect": clip["aspect"], "top_n": top_n}
        query = {name: value for name, value in query.items() if value == value}  # NaN: not known
        answer = self.client.post(
            "/predict", params=query, content=clip["landmarks"].tobytes(), headers={"content-type": F32}
        )
        if answer.status_code != 200:
            raise SmokeError(f"{self.url}/predict answers {answer.status_code}: {answer.text[:300]}")
        return answer.json()["predictions"]

    def answers(self, labels: list[str], clips: list[dict[str, Any]]) -> None:
        """Every recorded clip gets its recorded probabilities, for the glosses that the service chooses from."""
        chosen = self.get("/metadata").json()["vocabulary"]
        expected = [dict(zip(labels, clip["probabilities"], strict=True)) for clip in clips]
        for number, clip in enumerate(clips):
            given = {p["gloss"]: p["score"] for p in self.predict(clip, len(chosen))}
            if set(given) != set(chosen) or not set(given) <= set(labels):
                raise SmokeError(f"{self.url}/predict knows other glosses than the model")
            difference = max(abs(score - expected[number][gloss]) for gloss, score in given.items())
            if not difference <= TOLERANCE:
                raise SmokeError(f"recorded clip {number} gets probabilities that differ by {difference:.2g}")

    def translation(self, gloss: str) -> None:
        """A gloss becomes a text."""
        answer = self.client.post("/translate", json={"candidates": [[{"gloss": gloss, "score": 0.9}]]})
        if answer.status_code not in (200, 401) or (answer.status_code == 200 and not answer.json()["text"]):
            raise SmokeError(f"{self.url}/translate answers {answer.status_code}: {answer.text[:300]}")

    def live(self) -> None:
        """A live session opens."""
        try:
            with connect(self.url.replace("http", "ws", 1) + "/live", open_timeout=20) as session:
                session.send(json.dumps({"type": "start"}))
                event = json.loads(session.recv(timeout=20))
        except Exception as error:  # whatever the socket raises means the same to a person
            raise SmokeError(f"{self.url}/live gives no session: {error}") from None
        if event.get("type") != "ready":
            raise SmokeError(f"{self.url}/live says {event} instead of ready")

    def latency(self, clip: dict[str, Any], limit_ms: float) -> tuple[float, float]:
        """Median and slowest time of a prediction of 65 frames, milliseconds, measured from outside.

        Raises:
            SmokeError: the median is above the limit; one slow answer says nothing.
        """
        frames = np.resize(clip["landmarks"], (FRAMES, *clip["landmarks"].shape[1:]))
        timed = clip | {"landmarks": np.ascontiguousarray(frames)}
        times = []
        for _ in range(ROUNDS + 3):
            began = time.perf_counter()
            self.predict(timed, 5)
            times.append((time.perf_counter() - began) * 1e3)
        median, slowest = statistics.median(times[3:]), max(times[3:])
        if median > limit_ms:
            raise SmokeError(f"{FRAMES} frames take {median:.0f} ms, allowed are {limit_ms:g} ms")
        return median, slowest


def check(url: str, model: Path, latency_ms: float, version: str | None = None, wait_s: float = 180) -> str:
    """Ask everything; returns one sentence about what was seen.

    Args:
        url: of the service.
        model: folder of the model that it should serve, with its golden.npz.
        latency_ms: highest median time of a prediction, milliseconds.
        version: the version that should serve, if known.
        wait_s: how long the service may take to be ready.

    Raises:
        SmokeError: something is wrong.
    """
    labels, clips = golden(model)
    smoke = Smoke(url, wait_s)
    try:
        smoke.ready()
        found = smoke.identity(version)
        smoke.answers(labels, clips)
        smoke.translation(labels[0])
        smoke.live()
        median, slowest = smoke.latency(clips[0], latency_ms)
    except httpx.HTTPError as error:
        raise SmokeError(f"{url} does not answer: {error}") from None
    finally:
        smoke.client.close()
    times = f"{FRAMES} frames take {median:.1f} ms (slowest of {ROUNDS}: {slowest:.1f})"
    return f"version {found} answers {len(clips)} recorded clips as recorded; {times}"


def bento_model(tag: str) -> tuple[Path, str]:
    """Folder and version of the model that a built bento holds."""
    import bentoml

    info = next(iter(bentoml.get(tag).info.all_models))
    stored = bentoml.models.get(info.tag)
    return Path(stored.path), str(stored.info.metadata["version"])


@contextlib.contextmanager
def served(tag: str) -> Iterator[str]:
    """`bentoml serve` of a built bento on a free port, in an empty folder; gives its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    bentoml = Path(sys.executable).with_name("bentoml")
    with tempfile.TemporaryDirectory() as empty:
        command = [str(bentoml), "serve", tag, "--host", "127.0.0.1", "--port", str(port)]
        log = Path(empty) / "log"
        with log.open("wb") as out:
            env = os.environ | {"BENTOML_DO_NOT_TRACK": "True"}
            process = subprocess.Popen(command, cwd=empty, env=env, stdout=out, stderr=out)
        try:
            yield f"http://127.0.0.1:{port}"
        except SmokeError:
            sys.stderr.write("".join(log.read_text(encoding="utf-8").splitlines(keepends=True)[-20:]))
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(30)
            process.kill()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    p = argparse.ArgumentParser(prog="python -m bentos.delivery.smoke", description=__doc__.splitlines()[0])
    p.add_argument("url", nargs="?", help="of a running service; without it the bento is served here")
    p.add_argument("--bento", metavar="TAG", help="the built bento that serves")
    p.add_argument("--model", type=Path, help="folder of the model that serves, when it is no bento")
    p.add_argument("--latency-ms", type=float, default=500.0, help="highest median time of a prediction (%(default)s)")
    p.add_argument("--wait-s", type=float, default=180.0, help="how long it may take to be ready (%(default)s)")
    return p


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    p = parser()
    given = p.parse_args(arguments)
    if not given.bento and not (given.url and given.model):
        p.error("give --bento, or the service's address and --model")
    model, version = bento_model(given.bento) if given.bento else (given.model, None)
    try:
        with contextlib.nullcontext(given.url) if given.url else served(given.bento) as url:
            sys.stdout.write(check(url, model, given.latency_ms, version, given.wait_s) + "\n")
    except SmokeError as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
