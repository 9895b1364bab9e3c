"""Hands are aligned in time and averaged along the alignment."""

import numpy as np
import pytest

from stages.exporting import figures, warping
from tests.stages.exporting.signing import ASPECT, recording


def hands(**how) -> np.ndarray:
    return figures.moving_hands(recording(**how), 25.0, ASPECT)


def test_the_cheapest_way_is_found():
    cost = np.array([[0.0, 9, 9, 9], [9, 1, 0, 9], [9, 9, 9, 2]])
    mean, way = warping.align(cost)
    assert way.tolist() == [[0, 0], [1, 1], [1, 2], [2, 3]]
    assert mean == pytest.approx(3 / 4)
    assert warping.align(np.array([[5.0]]))[1].tolist() == [[0, 0]]
    assert warping.align(np.ones((1, 3)))[1].tolist() == [[0, 0], [0, 1], [0, 2]]


def test_another_speed_is_no_distance_and_another_sign_is():
    slow, fast = hands()[:], hands()[::2]
    assert warping.distance(slow, slow) == 0
    assert warping.distance(slow, fast) < 0.1
    assert warping.distance(slow, hands(sign=2)) > 0.4


def test_a_hand_that_only_one_sees_counts():
    both = hands(sign=1)
    one = both.copy()
    one[:, :21] = np.nan
    assert warping.distance(both, one) == pytest.approx(warping.ONE_SIDED)


def test_copies_with_noise_average_to_the_clean_clip():
    clean = hands()
    rng = np.random.default_rng(0)
    noisy = [clean + rng.normal(0, 0.05, clean.shape) for _ in range(8)]
    far = np.mean([warping.distance(clip, clean) for clip in noisy])
    assert warping.distance(warping.barycentre(noisy), clean) < 0.6 * far


def test_a_hand_is_seen_where_most_see_it():
    clips = [hands(sign=1) for _ in range(3)]
    clips[0][:, :21] = np.nan
    assert warping.seen(warping.barycentre(clips)).all()
    clips[1][:, :21] = np.nan
    assert warping.seen(warping.barycentre(clips)).mean(axis=0).tolist() == [0, 1]


def test_hands_that_are_turned_average_to_a_hand_of_their_size():
    clip = hands()
    wrist, turn = clip[:, 21:22], np.radians(25)
    matrix = np.array([[np.cos(turn), np.sin(turn), 0], [-np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    clips = []
    for way in (matrix, matrix.T, np.eye(3)):
        turned = clip.copy()
        turned[:, 21:] = wrist + (clip[:, 21:] - wrist) @ way
        clips.append(turned)
    size, averaged = (
        np.linalg.norm((c[:, 21:] - c[:, 21:22])[..., :2], axis=(1, 2)).mean()
        for c in (clip, warping.barycentre(clips))
    )
    assert averaged == pytest.approx(size, rel=0.03)
