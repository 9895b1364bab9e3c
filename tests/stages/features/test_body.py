"""The first layers of every network: what they make of raw landmarks."""

import numpy as np
import pytest
from keras import ops

from bentos.contract.skeleton import FACE, HANDS, KNUCKLES, LEFT_SHOULDER, POSE, RIGHT_SHOULDER, SHOULDERS_PER_PALM
from stages.augmentation import geometry
from stages.features.body import BodyNormalization, hand_shapes
from stages.features.inputs import FrameFeatures, PointImage
from tests.stages.clips import signer
from tests.stages.features.seen import body, features, without


def test_hands_are_centred_and_a_shoulder_is_3_8_palms_wide():
    points, _, _, _ = body(signer())
    np.testing.assert_allclose(points[:, HANDS, :2].mean(axis=(0, 1)), 0, atol=1e-4)
    palms = [np.linalg.norm(points[:, start + i] - points[:, start], axis=-1) for start in (0, 21) for i in KNUCKLES]
    assert np.mean(palms) * SHOULDERS_PER_PALM == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("lost", [(POSE,), (FACE,), (POSE, FACE)], ids=["pose", "face", "pose and face"])
def test_the_hands_look_the_same_whatever_else_is_seen(lost):
    """What once made a model blind to people whose body is in view."""
    whole, part = body(signer()), body(without(signer(), *lost))
    np.testing.assert_array_equal(whole[0][:, HANDS], part[0][:, HANDS])
    clip = signer()
    chosen = tuple(range(42))
    for layer in (FrameFeatures(chosen), PointImage(chosen)):
        seen, unseen = (
            ops.convert_to_numpy(layer(*BodyNormalization()(c[None], np.ones(1, np.float32))))
            for c in (clip, without(clip, *lost))
        )
        told = -11 if isinstance(layer, FrameFeatures) else None  # where the hands are from the chest comes last
        np.testing.assert_array_equal(seen[:, :, :told], unseen[:, :, :told])


def test_the_chest_of_any_frame_serves_all():
    """The pose is often known in the first frames alone."""
    clip = signer()
    first = clip.copy()
    first[5:, POSE] = np.nan
    whole, begun = body(clip)[3], body(first)[3]
    np.testing.assert_allclose(begun, whole, atol=0.02)
    assert whole[0, 0, 3] == begun[0, 0, 3] == 1
    middle = (clip[:, LEFT_SHOULDER, :2] + clip[:, RIGHT_SHOULDER, :2]).mean(axis=0) / 2
    hands = clip[:, HANDS, :2].mean(axis=(0, 1))
    width = np.linalg.norm(clip[:, LEFT_SHOULDER, :2] - clip[:, RIGHT_SHOULDER, :2], axis=-1).mean()
    np.testing.assert_allclose(whole[0, 0, :2] / whole[0, 0, 2], (middle - hands) / width, atol=1e-3)


@pytest.mark.parametrize("lost", [(), (FACE,)], ids=["all", "without the face"])
def test_place_and_size_in_the_picture_do_not_matter(lost):
    clip = without(signer(), *lost)
    elsewhere = geometry.shift(geometry.zoom(clip, 0.6), 0.1, -0.15)
    expected, got = features(clip), features(elsewhere)
    np.testing.assert_allclose(got, expected, atol=2e-3)


def test_the_pictures_aspect_is_undone():
    clip = signer()
    wide = clip * np.array([1 / 1.78, 1, 1 / 1.78], np.float32)  # the same scene as fractions of a wider picture
    np.testing.assert_allclose(features(wide, aspect=1.78), features(clip), atol=1e-3)


def test_a_missing_point_is_zero_whatever_the_others_do():
    clip = signer()
    clip[:, 3] = np.nan
    points, seen, _, _ = body(clip)
    assert not points[:, 3].any()
    assert not seen[:, 3].any()
    assert seen[:, 4].all()


def test_hands_alone_are_told_from_where_the_chest_usually_is():
    """The same signing before the face and before the chest must differ; where shoulders are seen, they tell it."""
    hands = without(signer(), slice(42, 180))
    lower = geometry.shift(hands, 0.0, 0.2)
    parts = 4  # which parts were seen, and the chest
    tracked = slice(-8 - parts - 1, -parts - 1)  # wrists and finger tips from the chest
    before, after = features(hands)[:, tracked].reshape(-1, 4, 2), features(lower)[:, tracked].reshape(-1, 4, 2)
    np.testing.assert_allclose(features(hands)[:, : -8 - parts - 1], features(lower)[:, : -8 - parts - 1], atol=2e-3)
    assert (after[..., 1] - before[..., 1]).min() > 0.2  # shoulder widths
    np.testing.assert_allclose(after[..., 0], before[..., 0], atol=1e-3)
    assert body(hands)[3][0, 0, 3] == 0


def test_signing_goes_from_the_first_to_the_last_hand():
    clip = signer(20)
    clip[:4, :42], clip[17:, :42], clip[8:11, :42] = np.nan, np.nan, np.nan
    _, _, signing, _ = body(clip)
    np.testing.assert_array_equal(signing[:, 0], [0] * 4 + [1] * 13 + [0] * 3)
    padded = features(clip)
    assert (padded[[0, 3, 17, 19]] == -100).all()
    assert not (padded[4:17] == -100).any()


def test_hand_shape_knows_neither_place_nor_size_of_the_hand():
    clip = signer()
    moved = clip.copy()
    moved[:, 21:42] = geometry.swing_hand(clip, slice(21, 42), 0, 1.5)[:, 21:42] + 0.1
    shapes = []
    for c in (clip, moved):
        points, seen, _, _ = BodyNormalization()(c[None], np.ones(1, np.float32))
        shapes.append(ops.convert_to_numpy(hand_shapes(points, seen)))
    np.testing.assert_allclose(shapes[1][:, :, 21:], shapes[0][:, :, 21:], atol=1e-3)
    palm = np.linalg.norm(shapes[0][0, :, 21:][:, [5, 9, 13, 17]], axis=-1).mean(axis=1)
    np.testing.assert_allclose(palm, 1, atol=1e-3)
