"""Figures are averages: of at least three recordings, that agree, and none of them is shown."""

import numpy as np
import pytest

from stages.exporting import figures
from stages.exporting.warping import distance, seen
from tests.stages.exporting.signing import ASPECT, recording


def hands(**how) -> np.ndarray:
    return figures.moving_hands(recording(**how), 25.0, ASPECT)


def test_size_and_place_of_the_signer_do_not_matter():
    clip = recording()
    small = (clip - 0.5) * 0.7 + (0.55, 0.5, 0.5)
    body, small_body = recording(body=True), (recording(body=True) - 0.5) * 0.7 + (0.6, 0.4, 0.5)
    one, other = (figures.moving_hands(c, 25.0, ASPECT) for c in (body, small_body))
    np.testing.assert_allclose(one, other, atol=1e-3)
    one, other = (figures.moving_hands(c, 25.0, ASPECT) for c in (clip, small))
    palms = [np.linalg.norm(h[:, 30] - h[:, 21], axis=1).mean() for h in (one, other)]
    assert palms[0] == pytest.approx(palms[1], rel=1e-3)


def test_only_the_frames_with_hands_count_at_a_lower_rate():
    clip = recording()
    still = np.full((20, 180, 3), np.nan, np.float32)
    found = figures.moving_hands(np.concatenate([still, clip, still]), 25.0, ASPECT)
    assert len(found) == len(clip) / 2
    assert figures.moving_hands(still, 25.0, ASPECT) is None
    assert figures.moving_hands(clip[:5], 25.0, ASPECT) is None


def test_a_short_gap_is_bridged_and_a_long_one_is_not():
    clip = recording()
    clip[20:24] = clip[30:42] = np.nan
    unseen = ~seen(figures.moving_hands(clip, 25.0, ASPECT))[:, 1]
    assert unseen[10:12].tolist() == [False, False]
    assert unseen[16:20].all()


def test_a_hand_that_is_called_the_other_one_on_the_way_stays_on_its_side():
    for sign in (0, 1):
        clip = recording(sign=sign)
        mistaken = clip.copy()
        mistaken[12:20, :42] = clip[12:20, [*range(21, 42), *range(21)]]
        one, other = (figures.moving_hands(c, 25.0, ASPECT) for c in (clip, mistaken))
        np.testing.assert_array_equal(one, other)


def test_a_hand_that_was_found_twice_is_one():
    clip = recording()
    clip[10:20, :21] = clip[10:20, 21:42] + 0.005
    assert seen(figures.moving_hands(clip, 25.0, ASPECT)).mean(axis=0).tolist() == [0, 1]


@pytest.mark.parametrize("sign", [0, 1])
def test_the_average_of_many_signers_is_near_the_clean_sign(sign):
    clips = [hands(sign=sign, signer=n) for n in range(1, 8)]
    average = figures.figure(clips)
    clean = hands(sign=sign)
    assert distance(average, clean) < np.median([distance(clip, clean) for clip in clips])


def test_fewer_than_three_recordings_give_no_figure():
    clips = [hands(signer=n) for n in range(1, 4)]
    assert figures.figure(clips) is not None
    assert figures.figure(clips[:2]) is None
    assert figures.figure([]) is None


def test_a_recording_that_comes_again_counts_once():
    clips = [hands(signer=n) for n in (1, 2)]
    again = hands(signer=1) * 1.01 + 0.01
    assert figures.figure([*clips, again, again[:-1], figures.mirrored(again)]) is None


def test_recordings_that_show_different_signs_give_no_figure():
    assert figures.figure([hands(sign=sign) for sign in (3, 5, 9)]) is None
    mixed = [hands(sign=2), *(hands(signer=n) for n in (1, 2, 3))]
    assert distance(figures.figure(mixed), hands()) < distance(figures.figure(mixed), hands(sign=2)) / 2


def test_at_most_eight_recordings_are_averaged():
    assert len(figures.alike([hands(signer=n) for n in range(1, 12)])) == figures.MOST


@pytest.mark.parametrize("lefties", [(2,), (1, 2), (3,), (1, 3, 4)])
def test_left_handed_signers_are_averaged_onto_the_side_of_the_majority(lefties):
    clips = [hands(signer=n, left_handed=n in lefties) for n in range(1, 6)]
    hand = seen(figures.figure(clips)).mean(axis=0)
    assert hand.tolist() == ([1, 0] if len(lefties) > 2 else [0, 1])


def test_hands_below_the_picture_give_no_figure():
    clips = [hands(signer=n) + np.array([0, 1.5, 0]) for n in range(1, 5)]
    assert figures.figure(clips) is None


def test_a_hand_that_flashes_up_is_left_out():
    clips = [hands(signer=n) for n in range(1, 5)]
    for clip in clips:
        clip[4:6, :21] = clip[4:6, 21:] * (-1, 1, 1)
    assert not seen(figures.figure(clips))[:, 0].any()
