"""Small made-up corpora: clips with plausible landmarks, a manifest and a landmark store that fit together."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from bentos.contract.skeleton import FACE, LEFT_HAND, POSE, RIGHT_HAND, RIGHT_WRIST
from bentos.contract.summary import sides
from stages.pose.store import Clip, StoreWriter

GLOSSES = ("book", "drink", "computer", "before", "chair", "go")
SIGNERS = {"anna": "train", "ben": "train", "cleo": "train", "dora": "val", "emil": "test"}
ARMS = ((0.65, 0.5, 0), (0.35, 0.5, 0), (0.7, 0.7, 0), (0.3, 0.7, 0), (0.65, 0.8, 0), (0.4, 0.6, 0))  # as POSE has them


def landmarks(seed: int, frames: int = 40, hands: float = 0.8) -> np.ndarray:
    """(frames, 180, 3) float16: pose and face in every frame, a moving right hand in a share of them, no left one."""
    rng = np.random.default_rng(seed)
    points = np.full((frames, 180, 3), np.nan, dtype=np.float32)
    points[:, POSE] = np.array(ARMS) + rng.normal(0, 0.02, (1, 6, 3)) + rng.normal(0, 0.01, (frames, 6, 3))
    points[:, FACE] = np.array([0.5, 0.25, 0.0]) + rng.normal(0, 0.03, (1, 132, 3))
    seen = rng.permutation(frames) < round(hands * frames)
    way = np.cumsum(rng.normal(0, 0.01, (frames, 1, 3)), axis=0)
    points[:, RIGHT_HAND] = np.array([0.4, 0.6, -0.05]) + rng.normal(0, 0.04, (1, 21, 3)) + way
    points[:, RIGHT_WRIST] += way[:, 0]
    if sides(points)["side_by_thumbs"] < 0:  # chance gave it the shape of a left hand
        points[:, RIGHT_HAND, 2] *= -1
    points[~seen, RIGHT_HAND] = np.nan
    points[:, LEFT_HAND] = np.nan
    return points.astype(np.float16)


def clip(number: int, **changes: object) -> Clip:
    """Clip number so-and-so; equal numbers give equal clips."""
    signer = list(SIGNERS)[number % len(SIGNERS)]
    fields = {
        "video_id": f"{number:05d}",
        "gloss": GLOSSES[number // len(SIGNERS) % len(GLOSSES)],
        "split": SIGNERS[signer],
        "signer": signer,
        "source": ("aslbricks", "handspeak", "")[number % 3],
        "sha256": hashlib.sha256(str(number).encode()).hexdigest(),
        "fps": (25.0, 29.97)[number % 2],
        "width": 640,
        "height": 480,
    }
    frames = 30 + number % 25
    return Clip(**{**fields, "landmarks": landmarks(number, frames), **changes})


def clips(count: int = 90) -> list[Clip]:
    """Clips of six glosses and five signers, apart between the subsets."""
    return [clip(number) for number in range(count)]


def manifest(of: Iterable[Clip]) -> pd.DataFrame:
    """The manifest that `ingest` would have written for these clips."""
    rows = [
        {
            **{name: getattr(c, name) for name in ("video_id", "gloss", "split", "signer", "source", "sha256", "fps")},
            **{"label": GLOSSES.index(c.gloss) if c.gloss in GLOSSES else 99, "frames": len(c.landmarks)},
            **{"width": c.width, "height": c.height, "size": 1000, "kind": "zip"},
            **{"archive": "a.zip", "member": f"videos/{c.video_id}.mp4"},
        }
        for c in of
    ]
    return pd.DataFrame(rows)


def write(folder: Path, of: Iterable[Clip], listed: pd.DataFrame | None = None) -> Path:
    """Write data/manifest.parquet and data/landmarks under a folder, and an empty params.yaml."""
    of = list(of)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    listed = manifest(of) if listed is None else listed
    listed.to_parquet(folder / "data" / "manifest.parquet", index=False)
    with StoreWriter(folder / "data" / "landmarks") as writer:
        for c in of:
            writer.append(c)
    (folder / "params.yaml").write_text("{}\n")
    return folder


def large(count: int, seconds: float = 2.7) -> Iterator[Clip]:
    """Clips of 2,000 glosses and 119 signers, as many as WLASL has, made one by one."""
    rng = np.random.default_rng(0)
    base = landmarks(0, 400)
    for number in range(count):
        frames = int(np.clip(rng.normal(25 * seconds, 25), 12, 250))
        start = int(rng.integers(0, 400 - frames))
        points = base[start : start + frames] + np.float16(rng.normal(0, 0.02))
        gloss, signer = number % 2000, int(rng.integers(0, 119))
        split = ("train", "train", "train", "val", "test")[number // 2000 % 5]
        yield clip(0, video_id=f"{number:05d}", gloss=f"gloss{gloss:04d}", signer=str(signer), split=split,
                   sha256=hashlib.sha256(b"%d" % number).hexdigest(), landmarks=points)  # fmt: skip
