"""Changes of what is seen and how well: points go missing, or tremble.

All take and give landmarks (frames, 180, 3) float, image fractions, NaN = not seen; none brings back a point that was
not seen, and none moves a point unless it says so.
"""

import numpy as np

from bentos.contract.skeleton import PARTS


def drop_part(landmarks: np.ndarray, part: str, frames: slice | np.ndarray = slice(None)) -> np.ndarray:
    """Lose one part of the body.

    Args:
        landmarks: (frames, 180, 3).
        part: left_hand, right_hand, pose or face.
        frames: in which frames; all by default.

    Raises:
        ValueError: no part of that name.
    """
    if part not in PARTS:
        raise ValueError(f"no part {part!r}: choose one of {', '.join(PARTS)}")
    changed = landmarks.copy()
    changed[frames, PARTS[part]] = np.nan
    return changed


def drop_frames(landmarks: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """See nothing at all in a random share of the frames; the frames stay, empty."""
    changed = landmarks.copy()
    changed[rng.random(len(landmarks)) < share] = np.nan
    return changed


def drop_points(landmarks: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Lose a random share of the points, each for the whole clip."""
    changed = landmarks.copy()
    changed[:, rng.random(landmarks.shape[1]) < share] = np.nan
    return changed


def blank(landmarks: np.ndarray, start: int, length: int) -> np.ndarray:
    """See nothing at all for a stretch of time, as behind a passing object."""
    changed = landmarks.copy()
    changed[start : start + length] = np.nan
    return changed


def swap_hands(landmarks: np.ndarray) -> np.ndarray:
    """Take each hand for the other one, as a detector does that was not told whether the picture is mirrored."""
    changed = landmarks.copy()
    changed[:, PARTS["left_hand"]] = landmarks[:, PARTS["right_hand"]]
    changed[:, PARTS["right_hand"]] = landmarks[:, PARTS["left_hand"]]
    return changed


def cut_ends(landmarks: np.ndarray, start: float, end: float) -> np.ndarray:
    """Cut these shares of the frames, each below 0.5, from the start and the end; one frame stays."""
    first, last = int(start * len(landmarks)), int(end * len(landmarks))
    return landmarks[first : len(landmarks) - last]


def jitter(landmarks: np.ndarray, deviation: float, rng: np.random.Generator) -> np.ndarray:
    """Let every point tremble by itself; `deviation` in fractions of the picture."""
    noise = rng.standard_normal(landmarks.shape, np.float32)
    return landmarks + noise.astype(landmarks.dtype, copy=False) * landmarks.dtype.type(deviation)
