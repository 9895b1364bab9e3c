"""The landmarks stage on real clips: killed again and again, and given new clips, it repeats next to nothing."""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest

from stages import paths
from stages.corpus.manifest import read_manifest
from stages.ingest import Params as IngestParams
from stages.ingest import ingest
from stages.landmarks import Params, run
from stages.pose.cache import ExtractionCache
from tests.conftest import ROOT
from tests.stages.media import write_archives, write_zip

KILLS = 10
CLIPS = 24
WORKERS = 2
# the stage, with a line in a file for every clip whose landmarks reached the cache
STAGE = """
import sys
from pathlib import Path
from stages.landmarks import Params, run
from stages.pose.cache import ExtractionCache
append = ExtractionCache.append
def noted(self, sha256, landmarks):
    with Path("appended.txt").open("a") as file:
        file.write(sha256 + "\\n")
    append(self, sha256, landmarks)
if __name__ == "__main__":
    ExtractionCache.append = noted
    run(Params(workers=2))
"""


@pytest.fixture
def shortest(wlasl_dir: Path, tmp_path: Path) -> Path:
    """A zip of the smallest real clips."""
    with zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip") as archive:
        videos = sorted((i for i in archive.infolist() if i.filename.endswith(".mp4")), key=lambda i: i.file_size)
        members = {video.filename: archive.read(video) for video in videos[:CLIPS]}
        return write_zip(tmp_path / "a.zip", {"WLASL_v0.3.json": archive.read("WLASL_v0.3.json"), **members})


def stage(folder: Path, cache: Path) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "ISLR_CACHE_DIR": str(cache)}
    script = folder / "stage.py"
    script.write_text(STAGE)
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, str(script)], cwd=folder, env=environment, stdout=quiet, stderr=quiet)


def clips_done() -> int:
    """Lines that the stage has noted in this folder."""
    noted = Path("appended.txt")
    return len(noted.read_text().splitlines()) if noted.exists() else 0


def digest(store: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(store.iterdir())}


def children(pid: int) -> set[int]:
    """All processes that descend from one."""
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | children(child)
    return found


def alive(pids: set[int]) -> set[int]:
    return {pid for pid in pids if Path(f"/proc/{pid}").exists() and " Z " not in Path(f"/proc/{pid}/stat").read_text()}


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="finds the stage's processes in /proc")
def test_ten_kills_give_the_store_of_an_unbroken_run(tmp_path, shortest, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_archives(tmp_path, (shortest, "zip"))
    ingest(IngestParams(resolve_duplicates=False))
    unbroken = stage(tmp_path, tmp_path / "one")
    assert unbroken.wait() == 0
    expected = digest(tmp_path / "data/landmarks")
    (tmp_path / "appended.txt").unlink()

    rng, orphans = random.Random(0), set()
    for _ in range(KILLS):
        enough = clips_done() + rng.randrange(CLIPS - 4)  # in clips: seconds differ by machine
        process = stage(tmp_path, tmp_path / "two")
        deadline = time.monotonic() + 120
        while process.poll() is None and clips_done() < enough and time.monotonic() < deadline:
            time.sleep(0.1)
            orphans |= children(process.pid)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert stage(tmp_path, tmp_path / "two").wait() == 0
    assert digest(tmp_path / "data/landmarks") == expected

    appended = (tmp_path / "appended.txt").read_text().split()
    unique, again = len(set(appended)), len(appended) - len(set(appended))
    sys.stdout.write(f"\n{KILLS} kills: {unique} clips, {again} of them extracted again\n")
    assert unique == len(read_manifest(paths.MANIFEST)["sha256"].unique())
    assert again <= KILLS * 16, "a kill costs a shard at most"
    deadline = time.monotonic() + 60
    while alive(orphans) and time.monotonic() < deadline:
        time.sleep(1)
    assert not alive(orphans), "workers end when their client is gone"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_twenty_more_clips_cost_twenty(tmp_path, wlasl_dir, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "cache"))
    write_archives(tmp_path, *((wlasl_dir / f"{name}.zip", "zip") for name in ("wlasl-processed", "wlasl2000-resized")))
    ingest(IngestParams(resolve_duplicates=False))
    clips = read_manifest(paths.MANIFEST).drop_duplicates("sha256").sort_values("frames")
    with ExtractionCache(Params().extractor) as cache:  # stands for an earlier run over all but the 20 shortest
        for row in clips.iloc[20:].itertuples():
            cache.append(row.sha256, np.zeros((row.frames, 180, 3), np.float16))
    run(Params(workers=WORKERS))
    report = json.loads(Path("reports/landmarks.json").read_text())
    assert (report["clips"], report["extracted"], report["reused_from_cache"]) == (408, 20, len(clips) - 20)
