"""Scripted movements: bodies of clips do them, at any rate, stiffly or not."""

import numpy as np

from bentos.contract.skeleton import LEFT_HAND, NOSE, RIGHT_HAND
from tests.stages.nonsigning.playing import BODY, played


def test_seeds_give_other_movements_and_one_seed_the_same():
    one, again, other = (played("hair", seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other, equal_nan=True)


def shapes(frames: np.ndarray) -> np.ndarray:
    """How far the tip of the forefinger is from the wrist, while the hand is seen."""
    hand = frames[:, RIGHT_HAND] * [1.5, 1, 1]
    far = np.linalg.norm(hand[:, 8, :2] - hand[:, 0, :2], axis=1)
    return far[~np.isnan(far)]


def test_fingers_move_as_in_the_clip_only_where_that_is_wished():
    body = BODY.copy()
    for i, frame in enumerate(body):  # the hand opens and closes
        frame[RIGHT_HAND] = frame[21] + (frame[RIGHT_HAND] - frame[21]) * (1 + 0.8 * np.sin(i / 3))
    stiff, lively = (shapes(played("pointing", lively=lively, body=body)) for lively in (False, True))
    assert np.abs(np.diff(lively)).mean() > 2 * np.abs(np.diff(stiff)).mean()


def test_a_clip_of_hands_alone_lends_what_it_has():
    body = np.full_like(BODY, np.nan)
    body[:, RIGHT_HAND] = BODY[:, RIGHT_HAND]
    frames = played("scratching", body=body)
    assert np.isfinite(frames[:, LEFT_HAND]).any()
    assert np.isnan(frames[:, NOSE]).all()
