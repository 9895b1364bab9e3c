"""Moving hands, aligned in time (dynamic time warping) and averaged along the alignment.

Hands are (frames, 42, 3) float on one scale for all clips, NaN = not seen; a hand is seen whole or not at all.
"""

import numpy as np
from scipy.spatial.distance import cdist

from bentos.contract.skeleton import LEFT_HAND, RIGHT_HAND

SIDES = (LEFT_HAND, RIGHT_HAND)
SHAPE = 2.0  # a finger that is held differently weighs as much as a hand that is twice as far away
ONE_SIDED = 0.5  # distance between a hand that is seen and one that is not
ROUNDS = 6  # alignments to the average so far; it hardly changes after
MOST_ENLARGED = 1.3  # hands held differently average to a smaller one, which is brought back to size


def seen(hands: np.ndarray) -> np.ndarray:
    """(frames, 2) bool: whether left and right hand were seen."""
    return ~np.isnan(hands[:, [side.start for side in SIDES], 0])


def costs(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Mean squared distance of each frame of one clip, (n, 42, 3), from each of another, (m, 42, 3): (n, m).

    It counts where a hand is and how it is held; depth does not.
    """
    total = np.zeros((len(one), len(other)))
    there, also = seen(one), seen(other)
    for i, side in enumerate(SIDES):
        apart = cdist(_features(one[:, side, :2]), _features(other[:, side, :2]), "sqeuclidean")
        both, only = there[:, None, i] & also[:, i], there[:, None, i] ^ also[:, i]
        total += np.where(both, apart / (side.stop - side.start), only * ONE_SIDED**2)
    return total


def _features(hand: np.ndarray) -> np.ndarray:
    wrist = hand[:, :1]
    return np.nan_to_num(wrist + SHAPE * (hand - wrist)).reshape(len(hand), -1)


def align(cost: np.ndarray) -> tuple[float, np.ndarray]:
    """The cheapest way through a matrix of costs, from its first corner to its last.

    Args:
        cost: (n, m), of pairing a frame of one clip with one of another.

    Returns:
        Its mean cost a step, and the pairs along it, (steps, 2).
    """
    total: list[list[float]] = []
    for row in cost.tolist():
        above = total[-1] if total else [np.inf] * len(row)
        corner, left, best = np.inf if total else 0.0, np.inf, []
        for value, up in zip(row, above, strict=True):
            left = value + min(corner, up, left)
            best.append(left)
            corner = up
        total.append(best)
    i, j = len(cost) - 1, len(cost[0]) - 1
    way = [(i, j)]
    while i or j:
        before = [(a, b) for a, b in ((i - 1, j - 1), (i - 1, j), (i, j - 1)) if a >= 0 and b >= 0]
        i, j = min(before, key=lambda cell: total[cell[0]][cell[1]])
        way.append((i, j))
    return total[-1][-1] / len(way), np.array(way[::-1])


def distance(one: np.ndarray, other: np.ndarray) -> float:
    """How far two clips are apart when aligned in time: root mean square along the alignment, on their scale."""
    return float(np.sqrt(align(costs(one, other))[0]))


def barycentre(clips: list[np.ndarray]) -> np.ndarray:
    """The average of clips of different lengths, as long as the first of them.

    DTW barycentre averaging (Petitjean et al., "A global averaging method for dynamic time warping", Pattern
    Recognition 2011). A hand is seen in a frame where most of the clips see it there.
    """
    average = clips[0]
    for _ in range(ROUNDS):
        average = _mean(np.stack([_in_time_of(average, clip) for clip in clips]))
    return average


def _in_time_of(reference: np.ndarray, clip: np.ndarray) -> np.ndarray:
    """A clip with the frames of another: each is the mean of the clip's frames that are aligned with it."""
    _, way = align(costs(reference, clip))
    there = np.repeat(seen(clip), 21, axis=1)[way[:, 1], :, None]
    total, count = np.zeros((*reference.shape[:2], 3)), np.zeros((*reference.shape[:2], 1))
    np.add.at(total, way[:, 0], np.nan_to_num(clip)[way[:, 1]])
    np.add.at(count, way[:, 0], there)
    frames = np.bincount(way[:, 0])[:, None, None]
    return np.where(count * 2 >= frames, total / np.maximum(count, 1), np.nan)


def _mean(clips: np.ndarray) -> np.ndarray:
    """Aligned clips (clips, frames, 42, 3) to their average (frames, 42, 3), its hands as large as theirs."""
    hands = []
    for side in SIDES:
        hand = clips[:, :, side]
        wrist = hand[:, :, :1]
        count = (~np.isnan(wrist[..., :1])).sum(axis=0)
        place, shape = (np.nan_to_num(v).sum(axis=0) / np.maximum(count, 1) for v in (wrist, hand - wrist))
        size = np.nan_to_num(_size(hand - wrist)).sum(axis=0) / np.maximum(count, 1)
        shape *= np.clip(size / np.maximum(_size(shape), 1e-6), 1, MOST_ENLARGED)
        hands.append(np.where(count * 2 > len(clips), place + shape, np.nan))
    return np.concatenate(hands, axis=1)


def _size(shape: np.ndarray) -> np.ndarray:
    """How far a hand's points are from its wrist in the picture: (…, 21, 3) to (…, 1, 1)."""
    return np.linalg.norm(shape[..., :2], axis=(-2, -1))[..., None, None]
