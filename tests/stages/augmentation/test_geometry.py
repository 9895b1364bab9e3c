"""Changes of place: what happens to every point."""

import numpy as np
import pytest

from bentos.contract.skeleton import LEFT_HAND, MIRROR, RIGHT_HAND
from stages.augmentation import geometry


@pytest.fixture
def clip():
    """(12, 180, 3) with a tenth of the points missing."""
    rng = np.random.default_rng(3)
    clip = rng.uniform(0.2, 0.8, (12, 180, 3)).astype(np.float32)
    clip[rng.random((12, 180)) < 0.1] = np.nan
    return clip


CHANGES = {
    "rotate z": lambda c: geometry.rotate(c, 20, "z", 1.3),
    "rotate x": lambda c: geometry.rotate(c, 20, "x", 1.3),
    "rotate y": lambda c: geometry.rotate(c, 20, "y", 1.3),
    "zoom": lambda c: geometry.zoom(c, 1.3),
    "stretch": lambda c: geometry.stretch(c, 1.3),
    "shift": lambda c: geometry.shift(c, 0.1, -0.2),
    "shear": lambda c: geometry.shear(c, 0.3, 1.3),
}


def middle(clip):
    return np.nanmean(clip.reshape(-1, 3), axis=0)


@pytest.mark.parametrize("name", CHANGES)
def test_every_seen_point_moves_and_no_other_appears(clip, name):
    before = clip.copy()
    changed = CHANGES[name](clip)
    np.testing.assert_array_equal(clip, before)
    np.testing.assert_array_equal(np.isnan(changed), np.isnan(clip))
    assert changed.dtype == np.float32
    seen = ~np.isnan(clip[..., 0])
    moved = np.abs(changed - clip)[seen].max(axis=-1) > 1e-6
    assert moved.mean() > 0.99  # a point in the very middle may stay


@pytest.mark.parametrize("name", [n for n in CHANGES if n != "shift"])
def test_the_middle_stays(clip, name):
    np.testing.assert_allclose(middle(CHANGES[name](clip)), middle(clip), atol=1e-5)


@pytest.mark.parametrize("axis", "xyz")
def test_rotation_keeps_every_distance_in_square_units(clip, axis):
    square = np.array([1.5, 1, 1.5])
    changed = geometry.rotate(clip, 33, axis, 1.5)

    def distances(c):
        return np.linalg.norm((c[:, 1:] - c[:, :-1]) * square, axis=-1)

    np.testing.assert_allclose(distances(changed), distances(clip), rtol=1e-4, atol=1e-5)


def test_rotation_by_a_quarter_is_what_one_draws():
    clip = np.full((1, 180, 3), 0.5, np.float32)
    clip[0, :90, 0], clip[0, 90:, 0] = 0.6, 0.4  # a level line
    changed = geometry.rotate(clip, 90, "z")
    np.testing.assert_allclose(changed[0, :90], np.broadcast_to([0.5, 0.6, 0.5], (90, 3)), atol=1e-6)  # down: y grows
    np.testing.assert_allclose(changed[0, 90:], np.broadcast_to([0.5, 0.4, 0.5], (90, 3)), atol=1e-6)


def test_rotation_there_and_back_is_nothing(clip):
    for axis in "xyz":
        back = geometry.rotate(geometry.rotate(clip, 25, axis, 1.7), -25, axis, 1.7)
        np.testing.assert_allclose(back, clip, atol=1e-5)


def test_zoom_scales_every_distance(clip):
    changed = geometry.zoom(clip, 1.4)
    np.testing.assert_allclose(np.diff(changed, axis=1), np.diff(clip, axis=1) * 1.4, atol=1e-5)


def test_stretch_changes_x_alone(clip):
    changed = geometry.stretch(clip, 0.8)
    np.testing.assert_allclose(changed[..., 1:], clip[..., 1:], atol=1e-6)
    np.testing.assert_allclose(np.diff(changed[..., 0], axis=1), np.diff(clip[..., 0], axis=1) * 0.8, atol=1e-5)


def test_shift_adds_the_same_to_every_point(clip):
    seen = ~np.isnan(clip)
    np.testing.assert_allclose((geometry.shift(clip, 0.1, -0.2) - clip).max(axis=(0, 1), where=seen, initial=-9),
                               [0.1, -0.2, 0], atol=1e-6)  # fmt: skip


def test_shear_moves_x_by_height_alone(clip):
    changed = geometry.shear(clip, 0.3, 2.0)
    np.testing.assert_allclose(changed[..., 1:], clip[..., 1:], atol=1e-6)
    expected = 0.3 * (clip[..., 1] - middle(clip)[1]) / 2.0
    np.testing.assert_allclose(changed[..., 0] - clip[..., 0], expected, atol=1e-5)


def test_flip_swaps_left_and_right_everywhere(clip):
    changed = geometry.flip(clip)
    for row, partner in enumerate(MIRROR):
        np.testing.assert_allclose(changed[:, row, 0], 1 - clip[:, partner, 0])
        np.testing.assert_allclose(changed[:, row, 1:], clip[:, partner, 1:])
    np.testing.assert_allclose(geometry.flip(changed), clip, atol=1e-6)


def test_a_missing_hand_is_missing_on_the_other_side_after_a_flip(clip):
    clip[:, LEFT_HAND] = np.nan
    changed = geometry.flip(clip)
    assert np.isnan(changed[:, RIGHT_HAND]).all()
    assert not np.isnan(changed[:, LEFT_HAND]).all()


def test_swinging_a_hand_leaves_its_wrist_and_all_else(clip):
    changed = geometry.swing_hand(clip, RIGHT_HAND, 20, 1.1, 1.3)
    others = np.setdiff1d(np.arange(180), np.arange(22, 42))
    np.testing.assert_array_equal(changed[:, others], clip[:, others])
    square = np.array([1.3, 1, 1.3])
    before, after = (np.linalg.norm((c[:, 22:42] - c[:, 21:22]) * square, axis=-1) for c in (clip, changed))
    np.testing.assert_allclose(after, before * 1.1, rtol=1e-4)


def test_an_empty_clip_is_no_error():
    empty = np.full((4, 180, 3), np.nan, np.float32)
    for change in (*CHANGES.values(), geometry.flip):
        assert np.isnan(change(empty)).all()


@pytest.mark.parametrize("call", [lambda c: geometry.rotate(c, 3, "w"), lambda c: geometry.zoom(c, 0)])
def test_nonsense_is_refused(clip, call):
    with pytest.raises(ValueError, match="must be"):
        call(clip)
