"""Rehearses the pipeline at growing sizes on real landmarks, and writes what each stage takes of time, memory and disk.

python -m tests.benchmarks.scale [--sizes 2500 5000 10000 21083] [--folder FOLDER] [--report reports/scale.md]

Clips of WLASL's landmark files (ISLR_WLASL_DIR), repeated with noise where there are too few, take the place of what
`landmarks` would extract; `ingest` reads a zip of as many small videos. Networks are small and trained for one epoch.
Each stage is a process of its own. What was measured stays in FOLDER, and is not measured again.
"""

import argparse
import hashlib
import json
import logging
import os
import shutil
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from stages.pose.store import Clip, StoreWriter
from tests.benchmarks import scale_report
from tests.stages.corpora import manifest
from tests.stages.media import make_index, make_video

ROOT = Path(__file__).resolve().parents[2]
FILES = ("wlasl/wlasl1000-hands-trainval.npz", "landmarks/wlasl2000-hands-1001to2000-trainval.npz")
SIZES = (2_500, 5_000, 10_000, 21_083)  # the last is all of WLASL
CLIPS_A_GLOSS = 10.5  # as in WLASL
VIDEOS = ("fetch", "ingest")  # read zips; all others go on from landmarks
STAGES = (
    *("validate", "split", "augment", "transform", "train gislr", "select", "tune"),
    *("evaluate", "translate_eval", "export", "register"),
)
CHANGES = (
    *("train.epochs=1", "train.batch_size=64", "train.gislr.dim=64", "train.gislr.stride=2", "train.gislr.kernel=11"),
    *(
        "validate.min_clips=1",
        "select.candidates=[gislr]",
        "tune.trials=0",
        "export.corpus=WLASL",
        "fetch.source=zips",
        "fetch.folder=incoming",
    ),
)
log = logging.getLogger(__name__)


def source(folder: Path) -> Iterator[tuple[str, str, float, np.ndarray]]:
    """(gloss, split, frames a second, landmarks (frames, 180, 3) float16) of the real clips, gloss by gloss."""
    for name in FILES:
        with np.load(folder / name, allow_pickle=False) as file:
            frames, ends = file["frames"], file["offsets"]
            for i, (gloss, split, fps) in enumerate(zip(file["gloss"], file["split"], file["fps"], strict=True)):
                yield str(gloss), str(split), float(fps), frames[ends[i] : ends[i + 1]]


def repeated(folder: Path, count: int) -> Iterator[Clip]:
    """So many clips, about as many of each gloss as WLASL has; a repeated one is shifted and shaken a little."""
    by_gloss: dict[str, list] = {}
    for gloss, split, fps, landmarks in source(folder):
        by_gloss.setdefault(gloss, []).append((split, fps, landmarks))
    rng, number = np.random.default_rng(0), 0
    for rank, (gloss, clips) in enumerate(by_gloss.items()):
        wanted = round((rank + 1) * CLIPS_A_GLOSS) - round(rank * CLIPS_A_GLOSS)
        for take in range(max(wanted, 0)):
            if number == count:
                return
            split, fps, points = clips[take % len(clips)]
            if take >= len(clips):
                shift = rng.normal(0, 0.01, (1, 1, 3)) + rng.normal(0, 0.003, points.shape)
                points = (points + shift).astype(np.float16)
            split = {7: "val", 8: "test", 9: "test"}.get(take, split if take != 0 else "train")
            video, digest = f"{number:05d}", hashlib.sha256(b"%d" % number).hexdigest()
            signer = str(int(rng.integers(0, 119)))
            yield Clip(video, gloss, split, signer, "web", digest, fps, 640, 480, points)
            number += 1


def prepare(home: Path, folder: Path, count: int) -> None:
    """A clone's files in small: parameters, landmarks and manifest of so many clips, and their zip in `videos`."""
    (home / "data").mkdir(parents=True)
    shutil.copy(ROOT / "params.yaml", home)
    subprocess.run(
        [sys.executable, "-m", "stages.preset", "wlasl2000", *CHANGES], cwd=home, env=environment(home), check=True
    )
    rows = []
    with StoreWriter(home / "data" / "landmarks") as writer:
        for clip in repeated(folder, count):
            writer.append(clip)
            rows.append(replace(clip, landmarks=np.broadcast_to(np.float16(0), clip.landmarks.shape)))  # no memory
    listed = manifest(rows)
    ranks = {gloss: rank for rank, gloss in enumerate(dict.fromkeys(listed["gloss"]))}
    listed["label"] = listed["gloss"].map(ranks)
    listed.to_parquet(home / "data" / "manifest.parquet", index=False)
    (home / "data" / "raw").mkdir()
    (home / "data" / "raw" / "archives.json").write_text('{"source": "landmarks", "dataset": "WLASL", "archives": []}')
    write_videos(home / "videos", listed)


def write_videos(folder: Path, listed: pd.DataFrame) -> None:
    """A zip with a small video for each clip, all different in their bytes, and their list."""
    (folder / "incoming").mkdir(parents=True)
    shutil.copy(folder.parent / "params.yaml", folder)
    video = make_video(frames=12)
    entries = list(zip(listed["video_id"], listed["gloss"], listed["split"], strict=True))
    with zipfile.ZipFile(folder / "incoming" / "wlasl-processed.zip", "w") as zipped:
        zipped.writestr("WLASL_v0.3.json", make_index(entries))
        for number, name in enumerate(listed["video_id"]):
            zipped.writestr(f"videos/{name}.mp4", video + struct.pack(">I4sQ", 16, b"free", number))


def environment(home: Path) -> dict[str, str]:
    """Of a stage: MLflow in the folder, no more threads than the cores that are there."""
    settings = {
        "PYTHONPATH": str(ROOT),
        "MLFLOW_TRACKING_URI": f"sqlite:///{home / 'mlflow.db'}",
        "DVC_ROOT": str(home),
    }
    return os.environ | settings | {"ISLR_CACHE_DIR": str(home / "cache")}


def used(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if path.is_file())


def measure(stage: str, home: Path) -> dict[str, float | str]:
    """Run a stage; seconds by the clock and of the processor, peak memory in GB and new files in GB.

    Raises:
        SystemExit: the stage failed; what it said is in its log.
    """
    before, began = used(home), time.monotonic()
    with (home / f"{stage.split()[0]}.log").open("w") as said:
        command = [sys.executable, "-m", *f"stages.{stage}".split()]
        process = subprocess.Popen(command, cwd=home, env=environment(home), stdout=said, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{stage} failed: see {said.name}")
    return {
        "stage": stage.split()[0],
        "seconds": round(time.monotonic() - began, 1),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 1),
        "peak_gb": round(usage.ru_maxrss * 1024 / 1e9, 2),
        "disk_gb": round((used(home) - before) / 1e9, 3),
    }


def rehearse(home: Path, folder: Path, count: int, found: Path) -> None:
    """Run every stage at one size; a line of JSON each, those that are there already are passed over."""
    rows = [json.loads(line) for line in found.read_text().splitlines()] if found.is_file() else []
    done = {row["stage"] for row in rows if row["clips"] == count}
    if not (home / "videos").is_dir():
        shutil.rmtree(home, ignore_errors=True)
        apart = get_context("spawn").Process(target=prepare, args=(home, folder, count))
        apart.start()  # this process stays small: a child's peak memory counts from its parent's
        apart.join()
        if apart.exitcode:
            raise SystemExit(f"{home} could not be prepared")
    for stage in (*VIDEOS, *STAGES):
        if stage.split()[0] in done:
            continue
        row = {"clips": count} | measure(stage, home / "videos" if stage in VIDEOS else home)
        log.info("%s", row)
        with found.open("a") as file:
            file.write(json.dumps(row) + "\n")


def main() -> None:
    """Rehearse, and write the report after each size."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--folder", type=Path, default=Path("/tmp/islr-scale"))  # noqa: S108
    parser.add_argument("--report", type=Path, default=ROOT / "reports" / "scale.md")
    parser.add_argument("--keep", action="store_true", help="keep each size's files")
    told = parser.parse_args()
    shared = Path(os.environ.get("ISLR_WLASL_DIR") or ROOT.parent / "shared" / "wlasl").resolve().parent
    told.folder.mkdir(parents=True, exist_ok=True)
    for count in told.sizes:
        home = told.folder / str(count)
        rehearse(home, shared, count, told.folder / "scale.jsonl")
        if not told.keep:
            shutil.rmtree(home)
        scale_report.write(told.folder / "scale.jsonl", told.report)


if __name__ == "__main__":
    main()
