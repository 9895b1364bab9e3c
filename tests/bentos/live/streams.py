"""Streams of landmark frames as a camera would give them: signs with rests between, at any frame rate."""

from dataclasses import dataclass

import numpy as np

REST = 1.2  # seconds between signs


@dataclass(frozen=True)
class Truth:
    """One sign of a stream; times in seconds."""

    gloss: str
    start: float
    end: float


def body(count: int) -> np.ndarray:
    """(count, 180, 3): shoulders and a face that hold still, no hands."""
    frames = np.full((count, 180, 3), np.nan, np.float32)
    frames[:, 42:48] = [[0.65, 0.6, 0], [0.35, 0.6, 0], [0.7, 0.8, 0], [0.3, 0.8, 0], [0.7, 0.95, 0], [0.3, 0.95, 0]]
    frames[:, 48:180] = np.random.default_rng(0).random((132, 3)) * 0.1 + 0.45
    return frames


def drawn_sign(fps: float, seconds: float = 1.2, x: float = 0.3, turns: float = 2.0) -> np.ndarray:
    """A right hand that circles: (frames, 180, 3)."""
    count = round(seconds * fps)
    frames = body(count)
    phase = np.linspace(0, turns * 2 * np.pi, count)
    shape = np.random.default_rng(1).random((21, 3)) * [0.08, 0.12, 0.02]
    centre = np.stack([x + 0.08 * np.cos(phase), 0.5 + 0.1 * np.sin(phase), np.zeros(count)], -1)
    frames[:, 21:42] = shape + centre[:, None]
    return frames


def resting(
    fps: float, seconds: float, hands: np.ndarray | None = None, jitter: float = 0.0, seed: int = 0
) -> np.ndarray:
    """Hands out of the picture, or (when given, (42, 3)) still but for the detector's jitter."""
    frames = body(round(seconds * fps))
    if hands is not None:
        frames[:, :42] = hands + np.random.default_rng(seed).normal(0, jitter, (len(frames), 42, 3))
    return frames


def stamped(parts: list[np.ndarray], fps: float, start: float = 0.0) -> list[tuple[float, np.ndarray]]:
    """Parts in a row as (time, frame)."""
    frames = np.concatenate(parts)
    return [(start + i / fps, frame) for i, frame in enumerate(frames)]


def at_rate(clip: np.ndarray, fps: float, target: float) -> np.ndarray:
    """A clip as a camera of another rate would have seen it (nearest frame, nothing invented)."""
    count = max(1, int((len(clip) - 1) / fps * target) + 1)
    return clip[np.minimum(np.round(np.arange(count) * fps / target).astype(int), len(clip) - 1)]
