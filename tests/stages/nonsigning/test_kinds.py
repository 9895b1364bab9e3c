"""Ten things that people do who do not sign, each with its hands where they belong."""

import numpy as np
import pytest

from bentos.contract.skeleton import LEFT_HAND, LEFT_SHOULDER, NOSE, RIGHT_HAND, RIGHT_SHOULDER
from stages.nonsigning.kinds import HELD_OUT, KINDS
from tests.stages.nonsigning.playing import played


def test_some_kinds_are_held_out_and_most_are_not():
    assert set(HELD_OUT) < set(KINDS)
    assert len(HELD_OUT) < len(KINDS) / 2


@pytest.mark.parametrize("kind", KINDS)
def test_hands_come_into_the_picture_and_move(kind):
    frames = played(kind)
    assert frames.shape == (500, 180, 3)
    wrists = frames[:, [LEFT_HAND.start, RIGHT_HAND.start], :2]
    assert (np.nanmax(wrists, axis=0) - np.nanmin(wrists, axis=0)).max() > 0.05


def test_a_drinker_brings_a_hand_to_the_mouth():
    frames = played("drinking")
    width = abs(frames[0, LEFT_SHOULDER, 0] - frames[0, RIGHT_SHOULDER, 0]) * 1.5
    mouth = (frames[0, LEFT_SHOULDER, 1] + frames[0, RIGHT_SHOULDER, 1]) / 2 - 0.35 * width
    heights = frames[:, [LEFT_HAND.start, RIGHT_HAND.start], 1]
    assert np.nanmin(heights) == pytest.approx(mouth, abs=0.15 * width)


def test_who_walks_through_leaves_the_picture():
    frames = played("walking")
    assert np.nanmax(np.abs(frames[:, NOSE, 0] - frames[0, NOSE, 0])) > 0.5
