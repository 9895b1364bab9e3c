"""Changes of what is seen: which points go, and that the rest stays."""

import numpy as np
import pytest

from bentos.contract.skeleton import PARTS
from stages.augmentation import loss


def same_where_seen(changed, clip):
    seen = ~np.isnan(changed)
    np.testing.assert_array_equal(changed[seen], clip[seen])


@pytest.mark.parametrize("part", PARTS)
def test_a_part_goes_whole_and_alone(clip, part):
    changed = loss.drop_part(clip, part)
    assert np.isnan(changed[:, PARTS[part]]).all()
    assert np.isnan(changed).sum() == changed[:, PARTS[part]].size
    same_where_seen(changed, clip)


def test_a_part_can_go_for_some_frames(clip):
    changed = loss.drop_part(clip, "face", slice(3, 9))
    assert np.isnan(changed[:, 100, 0]).nonzero()[0].tolist() == list(range(3, 9))


def test_an_unknown_part_is_refused(clip):
    with pytest.raises(ValueError, match="left_hand"):
        loss.drop_part(clip, "foot")


def test_frames_go_whole(clip):
    changed = loss.drop_frames(clip, 0.3, np.random.default_rng(1))
    gone = np.isnan(changed).reshape(40, -1)
    np.testing.assert_array_equal(gone.any(axis=1), gone.all(axis=1))
    assert 4 < gone.any(axis=1).sum() < 20
    same_where_seen(changed, clip)


def test_points_go_for_the_whole_clip(clip):
    changed = loss.drop_points(clip, 0.2, np.random.default_rng(1))
    gone = np.isnan(changed[..., 0])
    np.testing.assert_array_equal(gone.any(axis=0), gone.all(axis=0))
    assert 18 < gone.any(axis=0).sum() < 60
    same_where_seen(changed, clip)


def test_a_stretch_of_time_goes(clip):
    changed = loss.blank(clip, 10, 7)
    assert np.isnan(changed[:, 0, 0]).nonzero()[0].tolist() == list(range(10, 17))
    same_where_seen(changed, clip)


def test_noise_moves_every_point_by_itself(clip):
    clip[:, 5] = np.nan
    changed = loss.jitter(clip, 0.01, np.random.default_rng(1))
    moved = (changed - clip)[~np.isnan(clip)]
    assert np.isnan(changed[:, 5]).all()
    assert (moved != 0).mean() > 0.99
    assert moved.std() == pytest.approx(0.01, rel=0.05)


def test_hands_change_places(clip):
    changed = loss.swap_hands(clip)
    np.testing.assert_array_equal(changed[:, PARTS["left_hand"]], clip[:, PARTS["right_hand"]])
    np.testing.assert_array_equal(loss.swap_hands(changed), clip)
    np.testing.assert_array_equal(changed[:, 42:], clip[:, 42:])


@pytest.mark.parametrize(
    ("start", "end", "left"), [(0.1, 0.2, slice(4, 32)), (0, 0, slice(0, 40)), (0, 0.4, slice(24))]
)
def test_ends_are_cut(clip, start, end, left):
    np.testing.assert_array_equal(loss.cut_ends(clip, start, end), clip[left])


def test_of_one_frame_nothing_is_cut(clip):
    assert len(loss.cut_ends(clip[:1], 0.49, 0.49)) == 1
