"""Extracts many clips on a Dask cluster: this machine's cores by default, any scheduler by its address.

Clips travel to the workers as bytes, a few at a time, and landmarks travel back: workers share no disk with the
client, and the scheduler never holds more than the window. The client alone writes.
"""

import contextlib
import logging
import os
import tempfile
import uuid
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass
from pathlib import Path

import dask
import numpy as np
from distributed import Client, Future, KilledWorker, LocalCluster, wait

import stages
from stages.pose.excerpt import Footage
from stages.pose.extractor import ExtractorSettings
from stages.pose.task import SettingsError, extract_clip
from stages.start import StageError

CLIPS_PER_WORKER = 2  # one being extracted, one waiting: no worker idles while the client reads the next
POLL_S = 5.0
CONNECT_S = 20.0

log = logging.getLogger(__name__)


class EngineError(StageError):
    """The cluster cannot be used (any more)."""


@dataclass(frozen=True)
class Job:
    """One clip to extract: its hash, a name for messages, and how to read it."""

    sha256: str
    name: str
    read: Callable[[], Footage]


@dataclass(frozen=True)
class Outcome:
    """What came of a job: landmarks (frames, 180, 3) float16, or None and the reason."""

    job: Job
    landmarks: np.ndarray | None
    problem: str = ""


@dataclass(frozen=True)
class EngineSettings:
    """Where and how long to work.

    Attributes:
        scheduler: address of a Dask scheduler, "tcp://host:8786"; empty = processes of this machine.
        workers: how many of these; 0 = one for each core.
        clip_timeout_s: seconds after which a clip is given up.
        idle_timeout_s: seconds without any worker after which the run stops.
    """

    scheduler: str = ""
    workers: int = 0
    clip_timeout_s: float = 300.0
    idle_timeout_s: float = 120.0


def extract_all(
    jobs: Iterable[Job],
    extractor: ExtractorSettings,
    engine: EngineSettings,
    task: Callable[..., tuple[np.ndarray | None, str]] = extract_clip,
) -> Iterator[Outcome]:
    """Extract clips, in no particular order.

    A worker that dies takes down only the clips it held. These are tried again at the end, one at a time, so that a
    clip which kills its worker is told from those that were only near it.

    Args:
        jobs: read lazily, as workers get free.
        extractor: what decides the landmarks.
        engine: where to work.
        task: what a worker does with a clip; tests put their own here.

    Raises:
        EngineError: no scheduler at the address, no workers left, or a worker with another version.
    """
    with _connect(engine) as client:
        runner = _Runner(client, extractor, engine, task)
        yield from runner.run(jobs)


class _Runner:
    """Keeps the window of clips in flight full."""

    def __init__(self, client: Client, extractor: ExtractorSettings, engine: EngineSettings, task: Callable) -> None:
        self._client, self._extractor, self._engine, self._task = client, extractor, engine, task
        self._running: dict[Future, Job] = {}
        self._suspects: list[Job] = []

    def run(self, jobs: Iterable[Job]) -> Iterator[Outcome]:
        for job in jobs:
            while len(self._running) >= self._window():
                yield from self._finished()
            yield from self._submit(job)
        while self._running:
            yield from self._finished()
        suspects, self._suspects = self._suspects, []
        for job in suspects:
            log.info("%s was on a worker that died; trying it alone", job.name)
            yield from self._submit(job)
            while self._running:
                yield from self._finished()
        for job in self._suspects:
            yield Outcome(job, None, "it hung, or made its worker crash, twice")

    def _window(self) -> int:
        return CLIPS_PER_WORKER * max(1, sum(self._client.nthreads().values()))

    def _submit(self, job: Job) -> Iterator[Outcome]:
        try:
            data = job.read()
        except (OSError, ValueError) as error:
            yield Outcome(job, None, str(error))
            return
        arguments = (data, self._extractor, self._extractor.fingerprint, self._engine.clip_timeout_s)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # "large object in graph": it is meant to travel with the task
            future = self._client.submit(self._task, *arguments, key=f"islr-{uuid.uuid4().hex}", pure=False)
        self._running[future] = job

    def _finished(self) -> Iterator[Outcome]:
        """Wait until at least one clip is done, then yield all that are."""
        waited = 0.0
        while not (done := [future for future in self._running if future.done()]):
            with contextlib.suppress(TimeoutError):
                wait(list(self._running), timeout=POLL_S, return_when="FIRST_COMPLETED")
                continue
            waited = 0.0 if self._client.nthreads() else waited + POLL_S
            if waited >= self._engine.idle_timeout_s:
                raise EngineError(f"no worker for {waited:.0f} s; start workers and run again: nothing done is lost")
        for future in done:
            yield from self._collect(future, self._running.pop(future))

    def _collect(self, future: Future, job: Job) -> Iterator[Outcome]:
        try:
            # a finished clip can still be lost with its worker, before its landmarks are fetched: so ask for them here
            landmarks, problem = future.result()
        except KilledWorker:
            self._suspects.append(job)
        except (SettingsError, EngineError) as error:
            raise EngineError(str(error)) from error
        except CancelledError as error:
            raise EngineError(f"the scheduler is gone ({job.name})") from error
        except Exception as error:  # whatever the task raised
            yield Outcome(job, None, f"the worker failed: {error!r}")
        else:
            yield Outcome(job, landmarks, problem)


@contextlib.contextmanager
def _connect(engine: EngineSettings) -> Iterator[Client]:
    """A client of the given scheduler, or of a cluster of local processes that lives as long as it."""
    if engine.scheduler:
        try:
            client = Client(engine.scheduler, timeout=min(CONNECT_S, engine.idle_timeout_s))
        except (OSError, TimeoutError, ValueError) as error:
            raise EngineError(f"no Dask scheduler answers at {engine.scheduler} ({error})") from None
        with client:
            _send_code(client)
            yield client
        return
    with (
        dask.config.set(_local()),
        LocalCluster(
            n_workers=engine.workers or os.cpu_count() or 1,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def _local() -> dict[str, object]:
    """How Dask's settings differ for a cluster of local processes: no ports for others, nothing but the work."""
    return {
        "distributed.scheduler.allowed-failures": 0,  # a lost clip comes back to us, who try it again alone
        "distributed.comm.timeouts.connect": "60s",
        "distributed.scheduler.http.routes": [],  # no pages: nobody is to find a port open that they did not ask for
        "distributed.worker.http.routes": [],
        # Dask has workers give every freed block back to the system: 2,000 page faults a frame, 10 % of the time
        "distributed.nanny.pre-spawn-environ": {"OMP_NUM_THREADS": 1, "OPENBLAS_NUM_THREADS": 1},
        "distributed.worker.profile.enabled": False,  # this and what follows took 8 % of two cores
        "distributed.worker.memory.monitor-interval": "1s",
        "distributed.admin.tick.interval": "500ms",
        "distributed.admin.system-monitor.interval": "5s",
    }


def _send_code(client: Client) -> None:
    """Give remote workers, also those that join later, our modules."""
    with tempfile.TemporaryDirectory() as temporary:
        archive = Path(temporary) / "islr_pose.zip"
        pack_code(archive)
        client.upload_file(str(archive))


def pack_code(archive: Path) -> None:
    """Write a zip of all modules of `stages` and `bentos`: which of them the task imports changes with the code."""
    root = Path(stages.__file__).parents[1]
    with zipfile.ZipFile(archive, "w") as code:
        for package in ("bentos", "stages"):
            for file in sorted((root / package).rglob("*.py")):
                code.write(file, file.relative_to(root))
