"""How likely moments lie between signs, at every frame rate."""

import numpy as np
import pytest

from bentos.live.motion import Motion, Seen
from bentos.live.tagger import AHEAD, Tagger
from tests.bentos.live.streams import drawn_sign, resting, stamped

RATES = [10, 15, 25, 60]


def tagged(parts: list[np.ndarray], fps: float) -> list[tuple[float, float, float]]:
    """(time, how likely between signs, when it was known)."""
    motion, tagger, found = Motion(1.0), Tagger(), []
    for now, landmarks in stamped(parts, fps):
        found += [(time, between, now) for time, between in tagger.see(now, motion.measure(now, landmarks))]
    return found


@pytest.mark.parametrize("fps", RATES)
def test_every_moment_is_judged_once_and_soon(fps):
    found = tagged([resting(fps, 0.6), drawn_sign(fps), resting(fps, 0.6)], fps)
    times = [time for time, *_ in found]
    assert times == sorted(set(times))
    assert len(times) >= 2.4 * fps - AHEAD * fps - 2
    assert all(AHEAD - 1e-6 <= now - time <= AHEAD + 1 / fps for time, _, now in found)


@pytest.mark.parametrize("fps", RATES)
def test_hands_that_draw_sign_and_hands_that_are_not_there_do_not(fps):
    found = tagged([resting(fps, 1.0), drawn_sign(fps, 1.6), resting(fps, 1.0)], fps)
    assert np.mean([between for time, between, _ in found if 1.4 < time < 2.2]) < 0.4
    assert np.mean([between for time, between, _ in found if time < 0.8 or time > 2.8]) > 0.8


@pytest.mark.parametrize("fps", RATES)
def test_hands_that_go_down_and_come_up_again_are_likelier_between_signs(fps):
    tagger, found = Tagger(), []
    for now in (np.arange(round(5 * fps)) / fps).tolist():
        low = float(np.exp(-(((now - 2.5) / 0.25) ** 2)))
        speed = 1.0 + abs(now - 2.5) * low * 6
        found += tagger.see(now, Seen(True, True, speed, False, 0.3, 1.5 + 1.5 * low, 1.4 + 1.5 * low))
    likeliest = max((between, time) for time, between in found if 1 < time < 4)
    assert abs(likeliest[1] - 2.5) < 0.25
    assert likeliest[0] > 3 * np.median([between for time, between in found if 1 < time < 2])


def test_frames_that_come_late_or_at_once_are_all_judged():
    tagger = Tagger()
    times = np.sort(np.random.default_rng(0).uniform(0, 3, 70)).tolist()
    found = [time for now in times for time, _ in tagger.see(now, Seen(True, False, 1.0, False, 0.2, 1.0, 1.0))]
    assert found == [time for time in times if time <= times[-1] - AHEAD]


def test_hands_that_were_never_seen_give_no_nonsense():
    tagger = Tagger()
    found = [between for i in range(100) for _, between in tagger.see(i / 25, Seen(False, False, 0.0, False))]
    assert len(found) >= 94
    assert all(between > 0.8 for between in found)
