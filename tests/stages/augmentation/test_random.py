"""Changes by chance: of a given strength, repeatable, and never without a hand."""

import numpy as np
import pytest

from stages.augmentation.random import RandomChanges, Strength
from tests.stages.clips import signer

NOTHING = Strength(**dict.fromkeys(Strength.model_fields, 0))


def test_strength_nothing_changes_nothing(clip):
    np.testing.assert_allclose(RandomChanges(NOTHING)(clip, 1.3, 1.0, np.random.default_rng(0)), clip, atol=1e-6)


def test_each_draw_differs_and_the_same_draw_does_not(clip):
    changes = RandomChanges(Strength())
    one, again, other = (changes(clip, 1.3, 1.0, np.random.default_rng(s)) for s in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize(("speed", "frames"), [(0.5, 79), (2.0, 20)])
def test_speed_changes_the_number_of_frames(clip, speed, frames):
    assert len(RandomChanges(NOTHING)(clip, 1.3, speed, np.random.default_rng(0))) == frames


def test_speeds_lie_in_their_range():
    speeds = RandomChanges(Strength(speed=0.5)).speeds(2000, np.random.default_rng(0))
    assert 0.5 <= speeds.min() < 0.52
    assert 1.48 < speeds.max() <= 1.5


def test_a_hand_is_always_left():
    clip = signer(12)
    clip[:, :21] = np.nan
    clip[:11, 21:42] = np.nan  # one frame with a hand
    strong = RandomChanges(Strength(drop_hand=1, blank=1, blank_length=1, drop_frames=1, drop_points=1))
    for seed in range(50):
        changed = strong(clip, 1.0, 1.0, np.random.default_rng(seed))
        assert not np.isnan(changed[:, :42]).all()


def test_a_slow_camera_leaves_the_length_and_straightens_what_lies_between(clip):
    slow = NOTHING.model_copy(update={"slow_camera": 1.0})
    changed = RandomChanges(slow)(clip, 1.0, 1.0, np.random.default_rng(0))
    assert 0 <= len(clip) - len(changed) <= 3
    bends = [np.nansum(np.abs(np.diff(c[:30, :42, :2], n=2, axis=0))) for c in (clip, changed)]
    assert bends[1] < bends[0]


def test_ends_are_cut_by_no_more_than_the_share(clip):
    cut = NOTHING.model_copy(update={"cut_ends": 0.2})
    lengths = {len(RandomChanges(cut)(clip, 1.0, 1.0, np.random.default_rng(s))) for s in range(60)}
    assert min(lengths) >= 24
    assert max(lengths) == 40
    assert len(lengths) > 5
