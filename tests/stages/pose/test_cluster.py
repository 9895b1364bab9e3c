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

from stages.corpus.drawn.sample import encode_clip
from stages.corpus.drawn.signer import CAST
from stages.pose.engine import EngineSettings, Job, extract_all
from stages.pose.extractor import ExtractorSettings
from stages.pose.store import LandmarkStore
from tests.conftest import ROOT
from tests.stages.media import make_index, write_archives, write_zip

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


def drawn_project(folder: Path, address: str) -> Path:
    """What `ingest` leaves of a zip of drawn clips, and parameters that name the cluster."""
    names = [f"{number:05d}" for number in range(CLIPS * 2)]
    words = ("book", "drink", "many", "blue")
    members = {
        f"videos/{name}.mp4": encode_clip(words[i % 4], CAST[i // 4 % len(CAST)])[0] for i, name in enumerate(names)
    }
    index = make_index([(name, words[i % 4], "train") for i, name in enumerate(names)])
    write_archives(folder, (write_zip(folder / "a.zip", {"WLASL_v0.3.json": index, **members}), "zip"))
    (folder / "params.yaml").write_text(f"landmarks: {{scheduler: '{address}'}}\n")
    return folder


def run_stage(name: str, folder: Path, log: Path) -> subprocess.Popen:
    """A stage as DVC runs it, with a cache of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(ROOT),
        "DVC_ROOT": str(folder),
        "ISLR_CACHE_DIR": str(folder / "cache"),
    }
    with log.open("wb") as said:
        return subprocess.Popen(
            [sys.executable, "-m", f"stages.{name}"], cwd=folder, env=environment, stdout=said, stderr=said
        )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_stage_ends_with_every_clip_though_a_worker_is_killed_on_the_way(tmp_path, cluster) -> None:
    address, workers = cluster
    (tmp_path / "project").mkdir()
    folder, log = drawn_project(tmp_path / "project", address), tmp_path / "said"
    assert run_stage("ingest", folder, log).wait(600) == 0, log.read_text()
    running = run_stage("landmarks", folder, log)
    deadline = time.monotonic() + 900
    while not list((folder / "cache").rglob("*.parquet")):  # the first clips are kept; others are being extracted
        assert running.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)
    end(workers[0])
    assert running.poll() is None, "all was done before a worker could be killed"
    code = running.wait(900)
    sys.stdout.write(f"\n{log.read_text()}")
    assert code == 0, log.read_text()
    assert workers[0].returncode == -signal.SIGKILL
    report = json.loads((folder / "reports" / "landmarks.json").read_text())
    assert (report["clips"], report["extracted"], report["failed"]) == (2 * CLIPS, 2 * CLIPS, 0)
    clips = list(LandmarkStore(folder / "data" / "landmarks").read())
    assert len({clip.video_id for clip in clips}) == 2 * CLIPS
    assert all(np.isfinite(clip.landmarks).any() for clip in clips)
