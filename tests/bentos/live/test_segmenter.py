"""Where signs begin and end, with the time passed in."""

import numpy as np
import pytest

from bentos.live.motion import Motion
from bentos.live.segmenter import Ended, Options, Segmenter, Started, Why
from tests.bentos.live.streams import drawn_sign, resting, stamped

RATES = (10, 15, 25, 30, 60)


def signs_in(frames) -> list[Ended]:
    segmenter, motion, found = Segmenter(), Motion(), []
    for now, landmarks in frames:
        seen = motion.measure(now, landmarks)
        found += [e for e in segmenter.see(now, seen.hands, seen.speed, seen.lowered) if isinstance(e, Ended)]
    return found


@pytest.mark.parametrize("fps", RATES)
def test_each_sign_is_found_at_every_frame_rate(fps):
    parts, truth, at = [], [], 0.0
    for seconds in (1.0, 1.6, 0.7):
        parts += [resting(fps, 1.0), drawn_sign(fps, seconds)]
        truth.append((at + 1.0, at + 1.0 + seconds))
        at += 1.0 + seconds
    found = signs_in(stamped([*parts, resting(fps, 1.0)], fps))
    assert len(found) == 3
    for sign, (start, end) in zip(found, truth, strict=True):
        assert not sign.too_short
        assert abs(sign.start - start) < 0.3
        assert abs(sign.end - end) < 0.3


@pytest.mark.parametrize("fps", RATES)
def test_a_sign_that_ends_in_a_hold_ends_after_the_pause(fps):
    sign = drawn_sign(fps, 1.2)
    held = np.repeat(sign[-1:], round(fps * 1.5), axis=0)
    frames = stamped([resting(fps, 0.5), sign, held], fps)
    segmenter, motion = Segmenter(), Motion()
    for now, landmarks in frames:
        seen = motion.measure(now, landmarks)
        if any(isinstance(e, Ended) for e in segmenter.see(now, seen.hands, seen.speed, seen.lowered)):
            assert now - 1.7 <= 0.1 + Options().pause + 2 / fps  # the speed is that of the last 0.1 s
            assert Options().pause <= 0.4
            return
    pytest.fail("no sign was found")


@pytest.mark.parametrize("fps", RATES)
def test_idle_hands_with_jitter_give_nothing(fps):
    hands = drawn_sign(fps)[0, :42]
    assert signs_in(stamped([resting(fps, 20, hands, jitter=0.002)], fps)) == []


@pytest.mark.parametrize("fps", RATES)
def test_lowered_hands_that_fidget_give_nothing(fps):
    hands = drawn_sign(fps)[0, :42] + [0, 0.75, 0]
    frames = resting(fps, 20, hands)
    frames[:, 21:42, 0] += 0.01 * np.sin(np.arange(len(frames)) / fps * 6)[:, None]
    assert signs_in(stamped([frames], fps)) == []


def test_a_hand_lost_for_a_few_frames_does_not_cut_the_sign():
    sign = drawn_sign(25, 1.6)
    sign[15:20, :42] = np.nan
    assert len(signs_in(stamped([resting(25, 0.5), sign, resting(25, 1)], 25))) == 1


def test_no_sign_is_longer_than_the_longest():
    found = signs_in(stamped([drawn_sign(25, 12, turns=20), resting(25, 1)], 25))
    assert len(found) >= 2
    assert found[0].why is Why.LONGEST
    assert all(sign.end - sign.start < Options().longest + 0.5 for sign in found)


def test_time_without_frames_ends_the_sign():
    segmenter = Segmenter()
    assert segmenter.see(0.0, True, 2.0) == []
    assert isinstance(segmenter.see(0.1, True, 2.0)[0], Started)
    assert segmenter.tick(0.9) == []
    (ended,) = segmenter.tick(1.2)
    assert ended.why is Why.GAP
    assert segmenter.tick(5.0) == []


def test_a_twitch_is_too_short():
    segmenter = Segmenter()
    events = []
    for i in range(40):
        events += segmenter.see(i / 25, True, 1.5 if 5 <= i < 9 else 0.0)
    assert [e.too_short for e in events if isinstance(e, Ended)] == [True]
