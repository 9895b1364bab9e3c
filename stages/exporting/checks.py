"""Whether a TFLite file says what the Keras model says, and what it costs."""

import time

import numpy as np
from tqdm import tqdm

from stages.dataset.ragged import RaggedClips
from stages.reports.release import Agreement
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


def compare(keras: np.ndarray, tflite: np.ndarray, labels: np.ndarray) -> Agreement:
    """Agreement of two models on the same clips.

    Args:
        keras: (n, labels) probabilities.
        tflite: (n, labels) probabilities.
        labels: (n,) int, the truth.
    """
    n = max(len(labels), 1)
    difference = np.abs(keras - tflite).max() if len(labels) else 0.0
    return Agreement(
        max_abs_diff=float(difference) if np.isfinite(difference) else None,
        top1_agreement=float((keras.argmax(1) == tflite.argmax(1)).mean()) if len(labels) else 1.0,
        top5_agreement=sum(same_order(a, b) for a, b in zip(keras, tflite, strict=True)) / n,
        accuracy=float((tflite.argmax(1) == labels).mean()) if len(labels) else 0.0,
        n=len(labels),
    )


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
