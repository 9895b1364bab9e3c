"""What a gloss looks like: the average of several recordings' hands, so that nobody's own recording is shown.

Lengths are in shoulder widths from the middle of the shoulders, x to the right of the picture and y down, so that
signers of all sizes at all places can be averaged.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from bentos.contract.skeleton import HANDS, KNUCKLES, LEFT_SHOULDER, MIRROR, RIGHT_SHOULDER, SHOULDERS_PER_PALM
from stages.exporting.neutral import LOWEST
from stages.exporting.warping import ONE_SIDED, SIDES, barycentre, distance, seen
from stages.features.body import CHEST_IN_PICTURE
from stages.serving_model.pose2gloss import resample

FEWEST, MOST = 3, 8  # recordings that are averaged
RATE = 12.5  # frames a second, or fewer: enough to follow a sign with the eye
GAP = 0.25  # seconds; a hand that is lost for no longer was there
SHORTEST = 0.4  # seconds of a recording, and of a hand in an average
SAME_HAND = 0.06  # two hands nearer than this, point by point, are one hand that was found twice
SURELY = 0.3  # by how much less hands must move to be taken for each other
SAME_CLIP = 0.1  # recordings nearer than this are one recording, cut or encoded anew
AKIN = 1.0  # recordings farther than this from the one in their middle show another way to sign the gloss
READABLE = 0.62  # how far recordings are from their average, if it were of all there could be. Chosen by looking
IN_VIEW = 0.6  # share of an average's frames with a hand in the picture; with less there is little to see
SMOOTH = 0.7  # frames of a Gaussian; an average along an alignment jumps a little where the alignment does


def moving_hands(landmarks: np.ndarray, rate: float, aspect: float) -> np.ndarray | None:
    """The hands of a recording, from the first frame with a hand to the last, at `RATE`.

    Args:
        landmarks: (frames, 180, 3), image fractions, NaN = not seen.
        rate: frames a second.
        aspect: width / height of the picture.

    Returns:
        (frames, 42, 3) in shoulder widths, or None where too little was seen to tell.
    """
    points = np.asarray(landmarks, np.float32) * np.array([aspect, 1, aspect], np.float32)
    hands = points[:, HANDS]
    for side in SIDES:
        hands[np.isnan(hands[:, side]).any(axis=(1, 2)), side] = np.nan
    frames = np.flatnonzero(seen(hands).any(axis=1))
    if len(frames) < SHORTEST * rate:
        return None
    centre, width = _chest(points, aspect)
    hands[..., :2] -= centre
    for side in SIDES:
        hands[:, side, 2] -= hands[:, side.start, None, 2]  # depth from the hand's own wrist
    hands = _on_one_side(_without_twins(hands[frames[0] : frames[-1] + 1] / width))
    return resample(_without_gaps(hands, round(GAP * rate)), rate, min(RATE, rate)).astype(np.float64)


def _chest(points: np.ndarray, aspect: float) -> tuple[np.ndarray, float]:
    """Middle of the shoulders (2,) and their width, in image heights; guessed from the hands where they are unseen."""
    left, right = points[:, LEFT_SHOULDER, :2], points[:, RIGHT_SHOULDER, :2]
    if not np.isnan(left + right).all():
        return np.nanmedian((left + right) / 2, axis=0), float(np.nanmedian(np.linalg.norm(left - right, axis=1)))
    hands = np.concatenate([points[:, side, :2] for side in SIDES])
    palms = np.linalg.norm(hands[:, KNUCKLES] - hands[:, :1], axis=-1)
    return np.array(CHEST_IN_PICTURE) * (aspect, 1), float(np.nanmean(palms)) * SHOULDERS_PER_PALM


def _without_twins(hands: np.ndarray) -> np.ndarray:
    """A hand that was found as the left and as the right one stays where it mostly is."""
    left, right = (hands[:, side, :2] for side in SIDES)
    twice = np.linalg.norm(left - right, axis=-1).mean(axis=1) < SAME_HAND
    rarer = SIDES[seen(hands)[~twice].sum(axis=0).argmin()]
    hands = hands.copy()
    hands[twice, rarer] = np.nan
    return hands


def _on_one_side(hands: np.ndarray) -> np.ndarray:
    """A hand that is taken for the other one on the way stays on the side where it mostly is."""
    frames = np.flatnonzero(seen(hands).any(axis=1))
    wrists = hands[frames][:, [side.start for side in SIDES], :2]
    stay, turn = _jumps(wrists[:-1], wrists[1:]), _jumps(wrists[:-1], wrists[1:, ::-1])
    turned = np.concatenate([[0], np.cumsum(turn + SURELY < stay)]) % 2 == 1
    if turned.mean() > 0.5:
        turned = ~turned
    hands = hands.copy()
    hands[frames[turned]] = np.concatenate([hands[frames[turned], side] for side in SIDES[::-1]], axis=1)
    return hands


def _jumps(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """How far both wrists, (frames, 2, 2), go from frame to frame; one that comes or goes counts as `ONE_SIDED`."""
    apart = np.linalg.norm(after - before, axis=-1)
    alone = np.isnan(before[..., 0]) ^ np.isnan(after[..., 0])
    return np.where(np.isnan(apart), alone * ONE_SIDED, apart).sum(axis=1)


def _runs(there: np.ndarray) -> np.ndarray:
    """First and last + 1 of each run of true values: (runs, 2)."""
    return np.flatnonzero(np.diff(there, prepend=False, append=False)).reshape(-1, 2)


def _without_gaps(hands: np.ndarray, longest: int) -> np.ndarray:
    """A hand that is lost for a few frames is where a straight line has it."""
    hands = hands.copy()
    for side in SIDES:
        runs = _runs(~np.isnan(hands[:, side.start, 0]))
        for end, start in zip(runs[:-1, 1], runs[1:, 0], strict=True):
            if start - end <= longest:
                share = (np.arange(1, start - end + 1) / (start - end + 1))[:, None, None]
                hands[end:start, side] = hands[end - 1, side] * (1 - share) + hands[start, side] * share
    return hands


def mirrored(hands: np.ndarray) -> np.ndarray:
    """The same sign with the other hand."""
    return hands[:, MIRROR[HANDS]] * (-1, 1, 1)


def alike(recordings: list[np.ndarray]) -> list[np.ndarray]:
    """The recordings that show a gloss in the same way, the one in their middle first, with the same hand leading.

    Signers who lead with the other hand are mirrored onto the side of the majority. A recording that comes again, also
    mirrored, counts once.

    Returns:
        At most `MOST`, and perhaps fewer than `FEWEST`.
    """
    turned = [mirrored(hands) for hands in recordings]
    apart = np.zeros((2, len(recordings), len(recordings)))  # as they are, and with one of the two mirrored
    for i, j in zip(*np.tril_indices(len(recordings), -1), strict=True):
        apart[:, i, j] = apart[:, j, i] = distance(recordings[i], recordings[j]), distance(recordings[i], turned[j])
    nearest = apart.min(axis=0)
    single: list[int] = []
    for i in range(len(recordings)):
        if (nearest[i, single] > SAME_CLIP).all():
            single.append(i)
    if len(single) < FEWEST:
        return [recordings[i] for i in single]
    within = np.sort(nearest[np.ix_(single, single)], axis=1)[:, 1 : max(FEWEST, len(single) // 2 + 1)]
    middle = single[int(within.mean(axis=1).argmin())]
    chosen = [i for i in sorted(single, key=lambda i: nearest[middle, i])[:MOST] if nearest[middle, i] <= AKIN]
    other = [apart[1, middle, i] < apart[0, middle, i] if i != middle else False for i in chosen]
    most = sum(other) * 2 > len(chosen)
    return [turned[i] if turn != most else recordings[i] for i, turn in zip(chosen, other, strict=True)]


def figure(recordings: list[np.ndarray]) -> np.ndarray | None:
    """The average of a gloss's recordings.

    Args:
        recordings: (frames, 42, 3) each, from `moving_hands`.

    Returns:
        (frames, 42, 3), or None where fewer than `FEWEST` recordings agree well enough to be read.
    """
    chosen = alike(recordings)
    if len(chosen) < FEWEST:
        return None
    average = _steady(barycentre(chosen))
    in_view = average[:, [side.start for side in SIDES], 1] < LOWEST  # a hand that was not seen is not
    if not len(average) or in_view.any(axis=1).mean() < IN_VIEW:
        return None
    apart = np.mean([distance(average, hands) for hands in chosen])
    unbiased = np.sqrt(len(chosen) / (len(chosen) - 1))  # an average of few is nearer to each of them
    return average if apart * unbiased <= READABLE else None


def _steady(hands: np.ndarray) -> np.ndarray:
    """Without gaps, hands that only flash up, and jumps; no frames where nothing is left."""
    hands = _without_gaps(hands, round(GAP * RATE))
    for side in SIDES:
        for start, end in _runs(~np.isnan(hands[:, side.start, 0])):
            run = hands[start:end, side]
            short = len(run) < SHORTEST * RATE
            hands[start:end, side] = np.nan if short else gaussian_filter1d(run, SMOOTH, axis=0, mode="nearest")
    frames = np.flatnonzero(seen(hands).any(axis=1))
    return hands[frames[0] : frames[-1] + 1] if len(frames) else hands[:0]
