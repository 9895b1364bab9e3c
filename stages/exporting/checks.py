"""Whether a TFLite file says what the Keras model says, and what it costs."""

import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages.dataset.ragged import RaggedClips
from stages.pose.store import Clip
from stages.serving_model.pose2gloss import Pose2Gloss

TIE = 1e-4  # probabilities closer than this may change places
TOP = 5


def top(probabilities: np.ndarray, n: int = TOP) -> np.ndarray:
    """Indices of the n best, best first."""
    return np.argsort(-probabilities, kind="stable")[:n]


def same_order(one: np.ndarray, other: np.ndarray, tie: float = TIE) -> bool:
    """Whether two answers rank the same glosses best; what one of them holds for equal may stand in any order."""
    a, b = top(one), top(other)
    return all(i == j or abs(one[i] - one[j]) <= tie for i, j in zip(a, b, strict=True))


def answers(model: Pose2Gloss, clips: RaggedClips, desc: str = "clips") -> np.ndarray:
    """The TFLite model's probabilities, (clips, labels) float32, for clips at its own frame rate."""
    result = np.empty((len(clips), len(model.labels)), np.float32)
    for i in tqdm(range(len(clips)), desc=desc, unit="clip", disable=None):
        result[i] = model.predict(clips[i], aspect=float(clips.aspects[i]))
    return result


def compare(keras: np.ndarray, tflite: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Agreement of two models on the same clips.

    Args:
        keras: (n, labels) probabilities.
        tflite: (n, labels) probabilities.
        labels: (n,) int, the truth.

    Returns:
        max_abs_diff (infinite when a value is NaN), top1_agreement, top5_agreement, accuracy, n.
    """
    n = max(len(labels), 1)
    difference = np.abs(keras - tflite).max() if len(labels) else 0.0
    return {
        "max_abs_diff": float(difference) if np.isfinite(difference) else float("inf"),
        "top1_agreement": float((keras.argmax(1) == tflite.argmax(1)).mean()) if len(labels) else 1.0,
        "top5_agreement": sum(same_order(a, b) for a, b in zip(keras, tflite, strict=True)) / n,
        "accuracy": float((tflite.argmax(1) == labels).mean()) if len(labels) else 0.0,
        "n": len(labels),
    }


def latency_ms(model: Pose2Gloss, frames: int, repeats: int = 20) -> float:
    """Median milliseconds of one call with a clip of that many frames, preparation included."""
    clip = np.random.default_rng(0).uniform(0.3, 0.7, (frames, 180, 3)).astype(np.float32)
    model.predict(clip)
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        model.predict(clip)
        times.append(time.perf_counter() - began)
    return float(np.median(times) * 1e3)


def record_golden(model: Pose2Gloss, clips: Iterable[Clip], folder: Path) -> int:
    """Write what the served file says of raw clips, so that whoever loads it can check that it still says so.

    `golden.npz`: landmarks (F, 180, 3) float16, offsets (N + 1,), fps (N,), aspect (N,), probabilities (N, labels),
    video_id and gloss (N,) str. `golden.json`: the same answers for people, and as requests expect them.

    Args:
        model: the served file.
        clips: raw clips at their own frame rates.
        folder: where both files go.

    Returns:
        How many clips were recorded.
    """
    clips = list(clips)
    lengths = [len(c.landmarks) for c in clips]
    probabilities = [model.predict(c.landmarks, c.fps, c.aspect) for c in clips]
    np.savez_compressed(
        folder / "golden.npz",
        landmarks=np.concatenate([c.landmarks for c in clips]).astype(np.float16),
        offsets=np.cumsum([0, *lengths]),
        fps=np.asarray([c.fps for c in clips], np.float32),
        aspect=np.asarray([c.aspect for c in clips], np.float32),
        probabilities=np.stack(probabilities).astype(np.float32),
        video_id=np.asarray([c.video_id for c in clips]),
        gloss=np.asarray([c.gloss for c in clips]),
    )
    write_json(folder / "golden.json", list(_readable(model, clips, probabilities)))
    return len(clips)


def _readable(model: Pose2Gloss, clips: list[Clip], probabilities: list[np.ndarray]) -> Iterator[dict]:
    for clip, p in zip(clips, probabilities, strict=True):
        best = [{"gloss": model.labels[i], "score": round(float(p[i]), 6)} for i in top(p)]
        known = {"video_id": clip.video_id, "gloss": clip.gloss, "fps": float(clip.fps), "aspect": float(clip.aspect)}
        yield known | {"frames": len(clip.landmarks), "predictions": best}


def write_json(path: Path, content) -> None:
    """Write readable JSON."""
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
