"""Extraction beside the predecessor's way, and beside processes that share nothing, on the same real clips.

Run on a machine that does nothing else: `pytest tests/benchmarks/test_extraction.py -s --benchmark-only`.
The target is 1.7 times the predecessor; what was reached stands in reports/extraction_speed.md. The clock starts when
graphs are made and warm. ISLR_BENCHMARK_CLIPS sets how many clips (default 40).
"""

import multiprocessing
import os
import random
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from distributed import default_client

from bentos.contract.skeleton import LEFT_HAND, RIGHT_HAND
from stages.pose.engine import EngineSettings, Job, extract_all
from stages.pose.extractor import ExtractorSettings, HolisticExtractor
from stages.pose.video import decode, probe

SETTINGS = ExtractorSettings()
WORKERS = 2
TARGET = 1.7
SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def clips(wlasl_dir: Path) -> list[bytes]:
    """Real clips of all sizes, the same in each run, the longest first, as the stage does."""
    with zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip") as archive:
        names = sorted(name for name in archive.namelist() if name.endswith(".mp4"))
        chosen = random.Random(7).sample(names, int(os.environ.get("ISLR_BENCHMARK_CLIPS", "40")))
        return sorted((archive.read(name) for name in chosen), key=lambda clip: probe(clip).frames, reverse=True)


def count_hands(landmarks: np.ndarray) -> int:
    seen = ~np.isnan(landmarks[:, :, 0])
    return int(seen[:, LEFT_HAND].any(axis=1).sum() + seen[:, RIGHT_HAND].any(axis=1).sum())


def engine(clips: list[bytes]) -> tuple[int, int, float]:
    """Frames, hands and seconds of the engine with two workers, from when they have done four clips to get warm."""
    started: list[float] = []

    def read(index: int) -> bytes:
        if index == 0:
            while any(default_client().processing().values()):
                time.sleep(0.05)
            started.append(time.perf_counter())
        return clips[index]

    warm = [Job(f"warm{n}", "warm", lambda: clips[-1]) for n in range(2 * WORKERS)]
    jobs = [Job(str(n), str(n), lambda n=n: read(n)) for n in range(len(clips))]
    frames = hands = 0
    for outcome in extract_all([*warm, *jobs], SETTINGS, EngineSettings(workers=WORKERS)):
        if outcome.job.name != "warm":
            frames += len(outcome.landmarks)
            hands += count_hands(outcome.landmarks)
            ended = time.perf_counter()
    return frames, hands, ended - started[0]


def _independent(clips: list[bytes], barrier, results) -> None:
    hush()
    extractor = HolisticExtractor(SETTINGS)
    extractor(decode(clips[-1]))
    barrier.wait()
    started, frames, hands = time.perf_counter(), 0, 0
    for clip in clips:
        landmarks = extractor(decode(clip))
        frames += len(landmarks)
        hands += count_hands(landmarks)
    results.put((frames, hands, time.perf_counter() - started))


def independent(clips: list[bytes]) -> list[tuple[int, int, float]]:
    """The same for each of two processes that share nothing, each with half of the clips."""
    return spawned(_independent, [clips[n::WORKERS] for n in range(WORKERS)])


def _predecessor(clips: list[bytes], barrier, results) -> None:
    """MediaPipe Hands, Pose and FaceMesh in three threads for each frame, one clip after another.

    Two hands with one label count once: there, the second overwrote the first.
    """
    hush()
    sys.modules["tensorflow"] = None
    from mediapipe.python.solutions import face_mesh, hands, pose

    sure = {"min_detection_confidence": 0.7, "min_tracking_confidence": 0.7}
    finders = (
        hands.Hands(max_num_hands=2, **sure),
        pose.Pose(model_complexity=1, **sure),
        face_mesh.FaceMesh(refine_landmarks=True, **sure),
    )
    with ThreadPoolExecutor(3) as threads:

        def frame_by_frame(clip: bytes) -> tuple[int, int]:
            found = frames = 0
            for frame in decode(clip):
                result, *_ = threads.map(lambda finder, image=frame: finder.process(image), finders)
                found += len({hand.classification[0].label for hand in result.multi_handedness or ()})
                frames += 1
            return frames, found

        frame_by_frame(clips[-1])
        barrier.wait()
        started = time.perf_counter()
        frames, found = np.sum([frame_by_frame(clip) for clip in clips], axis=0)
        results.put((int(frames), int(found), time.perf_counter() - started))


def spawned(target, shares: list[list[bytes]]) -> list[tuple[int, int, float]]:
    """Run a function in a process for each share, all starting together once warm."""
    barrier, results = SPAWN.Barrier(len(shares)), SPAWN.Queue()
    processes = [SPAWN.Process(target=target, args=(share, barrier, results)) for share in shares]
    for process in processes:
        process.start()
    found = [results.get(timeout=1800) for _ in processes]
    for process in processes:
        process.join()
    return found


def hush() -> None:
    """MediaPipe's C++ log, away from the table."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


@pytest.mark.timeout(3600)
def test_engine_against_the_predecessor_and_independent_processes(clips, benchmark) -> None:
    before_frames, before_hands, before_seconds = spawned(_predecessor, [clips])[0]
    alone = independent(clips)
    frames, hands, seconds = benchmark.pedantic(engine, args=(clips,), rounds=1)
    assert frames == before_frames == sum(share[0] for share in alone)
    before, together = before_frames / before_seconds, frames / max(share[2] for share in alone)
    rate = frames / seconds
    benchmark.extra_info.update(predecessor_fps=before, independent_fps=together, engine_fps=rate)
    sys.stdout.write(
        f"\n{len(clips)} clips, {frames} frames\n"
        f"predecessor            {before:6.1f} frames/s  {before_hands} hands\n"
        f"two processes          {together:6.1f} frames/s\n"
        f"engine, two workers    {rate:6.1f} frames/s  {hands} hands\n"
        f"engine / predecessor   {rate / before:6.2f}  (target {TARGET})\n"
        f"engine / two processes {rate / together:6.2f}\n"
    )
    assert hands >= before_hands
    assert rate >= 0.95 * together
    assert rate >= TARGET * before
