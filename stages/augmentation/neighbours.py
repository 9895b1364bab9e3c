"""What a clip cut out of a sentence has at its ends: the signs before and after it, and the movement between."""

import numpy as np

from bentos.contract.skeleton import HANDS

REMAINS = (1, 6)  # frames of a neighbour that are left
ON_THE_WAY = (2, 8)  # frames between two signs (movement epenthesis)


def among(clip: np.ndarray, before: np.ndarray, after: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put a clip between what other signs end and begin with.

    Args:
        clip: (frames, 180, 3) float, image fractions, NaN = not seen.
        before: the sign before it, likewise.
        after: the sign after it.
        rng: decides which ends have a neighbour (one or both), and how much is left of it.

    Returns:
        (more frames, 180, 3): the neighbours moved to where this signer's hands are, the way between them straight.
    """
    which = rng.integers(1, 4)
    parts = [clip]
    if which & 1:
        end = _moved(before, clip)[-rng.integers(*REMAINS, endpoint=True) :]
        parts = [end, _way(end[-1], clip[0], rng), *parts]
    if which & 2:
        start = _moved(after, clip)[: rng.integers(*REMAINS, endpoint=True)]
        parts = [*parts, _way(clip[-1], start[0], rng), start]
    return np.concatenate(parts)


def _moved(other: np.ndarray, clip: np.ndarray) -> np.ndarray:
    """Another signer's clip with its hands where this one's are on the whole; as it is where no hand is seen."""
    hands, here = other[:, HANDS, :2].reshape(-1, 2), clip[:, HANDS, :2].reshape(-1, 2)
    if np.isnan(hands[:, 0]).all() or np.isnan(here[:, 0]).all():
        return other
    moved = other.copy()
    moved[..., :2] += np.nanmean(here, axis=0) - np.nanmean(hands, axis=0)
    return moved


def _way(start: np.ndarray, end: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Frames on the way from one frame (180, 3) to another; what is not seen at both ends is not seen between."""
    share = np.linspace(0, 1, rng.integers(*ON_THE_WAY, endpoint=True) + 2, dtype=np.float32)[1:-1, None, None]
    return start * (1 - share) + end * share
