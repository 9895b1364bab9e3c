"""The body that figures are given."""

import numpy as np
import pytest

from bentos.contract.skeleton import FACE, FACE_INDICES, LEFT_WRIST, MIRROR, POSE, RIGHT_WRIST
from stages.exporting import neutral
from tests.stages.exporting.signing import recording


def in_shoulder_widths(points: np.ndarray) -> np.ndarray:
    return (points[..., :2] - neutral.CHEST) * (neutral.ASPECT, 1) / neutral.SHOULDERS


def test_hands_alone_get_a_whole_body():
    hands = np.full((12, 42, 3), np.nan)
    hands[3:9, 21:] = np.random.default_rng(0).uniform(-0.5, 0.5, (6, 21, 3))
    body = neutral.with_body(hands)
    assert body.shape == (12, 180, 3)
    assert np.isfinite(body[:, 42:]).all()
    assert np.isnan(body[:, :21]).all()
    np.testing.assert_array_equal(np.isnan(body[:, 21:42]), np.isnan(hands[:, 21:]))
    np.testing.assert_allclose(body[3:9, RIGHT_WRIST, :2], body[3:9, 21, :2])
    assert np.ptp(body[:, FACE], axis=0).max() == 0


def test_the_face_is_symmetric_and_in_order():
    face = in_shoulder_widths(neutral.with_body(np.full((1, 42, 3), np.nan)))[0]
    np.testing.assert_allclose(face[list(MIRROR)] * (-1, 1), face, atol=1e-6)
    top, brow, iris, nose, lip, chin = (
        face[FACE.start + FACE_INDICES.index(index), 1] for index in (10, 105, 468, 4, 17, 152)
    )
    assert top < brow < iris < nose < lip < chin < 0
    assert len(np.unique(face[FACE].round(5), axis=0)) == len(FACE_INDICES)


def test_arms_reach_their_hands_and_rest_below_the_picture():
    hands = np.full((20, 42, 3), np.nan)
    hands[:10, :] = 0.0
    hands[:10, :21, 0] = np.linspace(0.6, -0.6, 10)[:, None]
    hands[:10, :21, 1] = np.linspace(0.9, -1.0, 10)[:, None]
    body = neutral.with_body(hands)
    arms = in_shoulder_widths(body[:, POSE])
    for shoulder, elbow, wrist in ((0, 2, 4), (1, 3, 5)):
        assert (np.linalg.norm(arms[:, elbow] - arms[:, shoulder], axis=1) <= neutral.UPPER_ARM + 1e-6).all()
        assert (np.abs(np.diff(arms[:, elbow], axis=0)) < 0.7).all()
        assert np.linalg.norm(arms[:, wrist] - arms[:, elbow], axis=1).max() < 1.3
    assert (arms[:, 2, 0] > -0.2).all()
    assert (arms[:, 3, 0] < 0.2).all()
    assert (body[-1, [LEFT_WRIST, RIGHT_WRIST], 1] > 1).all()


def test_the_middle_of_the_shoulders_is_where_figures_have_it():
    body = neutral.with_body(np.full((1, 42, 3), np.nan))[0]
    assert body[POSE][:2, :2].mean(axis=0) == pytest.approx(neutral.CHEST)
    assert recording(body=True)[:, 42:44, :2].mean(axis=(0, 1)) == pytest.approx(neutral.CHEST, abs=1e-6)
