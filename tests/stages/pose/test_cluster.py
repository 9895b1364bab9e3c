"""The engine on a Dask cluster of two "machines" that see nothing of the client's disk, one of which is killed."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from stages.pose.engine import EngineSettings, Job, extract_all
from stages.pose.extractor import ExtractorSettings

CLIPS = 16
SETTINGS = ExtractorSettings()


@pytest.fixture
def clips(wlasl_dir: Path) -> dict[str, bytes]:
    """The shortest real clips."""
    with zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip") as archive:
        videos = sorted((i for i in archive.infolist() if i.filename.endswith(".mp4")), key=lambda i: i.file_size)
        return {video.filename: archive.read(video) for video in videos[:CLIPS]}


def start(stack: ExitStack, folder: Path, *arguments: str) -> subprocess.Popen:
    """A process of the cluster: in an empty folder, knowing nothing of this repository."""
    folder.mkdir()
    environment = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "LANG")}
    command = [sys.executable, "-m", *arguments]
    log = stack.enter_context((folder / "log").open("wb"))
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log, start_new_session=True)
    stack.callback(end, process)
    return process


def end(process: subprocess.Popen) -> None:
    """Kill a machine: the process and all that it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """The address of a scheduler, and its two workers."""
    with ExitStack() as stack:
        contact = tmp_path / "scheduler.json"
        place = ("--host", "127.0.0.1", "--no-dashboard", "--dashboard-address", "127.0.0.1:0")
        scheduler = ("distributed.cli.dask_scheduler", "--port", "0", "--scheduler-file", str(contact), *place)
        start(stack, tmp_path / "scheduler", *scheduler)
        deadline = time.monotonic() + 60
        while not contact.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(contact.read_text())["address"]
        worker = ("distributed.cli.dask_worker", address, "--nthreads", "1", *place)
        yield address, [start(stack, tmp_path / f"machine{n}", *worker) for n in (1, 2)]


def extract(clips: dict[str, bytes], engine: EngineSettings, on_outcome=lambda done: None) -> dict[str, np.ndarray]:
    jobs = [Job(name, name, lambda d=data: d) for name, data in clips.items()]
    found = {}
    for outcome in extract_all(jobs, SETTINGS, engine):
        assert outcome.landmarks is not None, outcome.problem
        found[outcome.job.name] = outcome.landmarks
        on_outcome(len(found))
    return found


def difference(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> float:
    """The largest difference of a coordinate; infinite where one sees what the other does not."""
    assert first.keys() == second.keys()
    worst = 0.0
    for name, a in first.items():
        a, b = a.astype(np.float32), second[name].astype(np.float32)
        if a.shape != b.shape or (np.isnan(a) != np.isnan(b)).any():
            return np.inf
        worst = max(worst, float(np.nanmax(np.abs(a - b), initial=0.0)))
    return worst


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_cluster_that_loses_a_machine_gives_what_one_machine_gives(clips, cluster) -> None:
    address, workers = cluster
    local = extract(clips, EngineSettings(workers=2))
    again = extract(clips, EngineSettings(workers=1))
    run_to_run = difference(local, again)

    def kill_half_way(done: int) -> None:
        if done == CLIPS // 2:
            end(workers[0])

    remote = extract(clips, EngineSettings(scheduler=address), kill_half_way)
    assert workers[0].returncode == -signal.SIGKILL
    apart = difference(local, remote)
    sys.stdout.write(f"\nlargest difference between two local runs {run_to_run}, between local and cluster {apart}\n")
    assert apart <= run_to_run
