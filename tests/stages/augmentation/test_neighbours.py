"""A clip between other signs: whole, joined without a jump, and where the signer is."""

import numpy as np
import pytest

from stages.augmentation import neighbours
from tests.stages.clips import signer


def joined(clip, before, after, seed):
    return neighbours.among(clip, before, after, np.random.default_rng(seed))


def place(joined, clip):
    """First frame of the clip in what it was joined to."""
    return next(i for i in range(len(joined)) if np.array_equal(joined[i : i + len(clip)], clip, equal_nan=True))


@pytest.mark.parametrize("seed", range(12))
def test_the_clip_stays_whole_between_short_ends(clip, seed):
    made = joined(clip, signer(12), signer(20), seed)
    start = place(made, clip)
    end = len(made) - start - len(clip)
    assert start + end > 0
    assert all(n == 0 or 3 <= n <= 14 for n in (start, end))


def test_either_end_and_both_occur(clip):
    found = set()
    for seed in range(30):
        made = joined(clip, signer(12), signer(20), seed)
        start = place(made, clip)
        found.add((start > 0, len(made) > start + len(clip)))
    assert found == {(True, False), (False, True), (True, True)}


def test_a_neighbour_far_away_is_moved_to_the_signer(clip):
    far = clip.copy()
    far[..., :2] += 5
    for seed in range(10):
        hands = joined(clip, far, far, seed)[:, :42, :2]
        assert np.nanmax(np.abs(hands)) < np.nanmax(np.abs(clip[:, :42, :2])) + 0.5


def test_the_way_between_is_even(clip):
    still, moved = np.zeros_like(clip[:5]), np.zeros_like(clip[:5])
    moved[:, 0] = 1.0  # one point lies elsewhere, so that hands differ after their means have met
    for seed in range(10):
        steps = np.abs(np.diff(joined(still, moved, moved, seed)[:, 0, 0]))
        assert steps.max() <= 1 / 3 + 1e-6  # at least two frames on the way


def test_what_is_not_seen_at_both_ends_is_not_seen_on_the_way(clip):
    without = clip.copy()
    without[:, 42:] = np.nan
    made = joined(clip, without, without, 0)
    start = place(made, clip)
    outside = np.r_[0:start, start + len(clip) : len(made)]
    assert np.isnan(made[outside][:, 42:]).all()
