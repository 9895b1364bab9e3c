"""Frames of any timing at a steady rate."""

import numpy as np
import pytest

from bentos.live.frames import FrameBuffer, TimedClip


def test_a_steady_rate_invents_nothing():
    frames = [(0.0, np.zeros((180, 3))), (0.1, np.full((180, 3), np.nan)), (0.2, np.ones((180, 3)))]
    clip = TimedClip(frames, None).at_rate(40)
    assert clip.shape == (9, 180, 3)
    values = clip[:, 0, 0]
    assert np.isnan(values[3:6]).all()
    assert (values[:2] == 0).all()
    assert (values[7:] == 1).all()
    between = TimedClip([(0.0, np.zeros((180, 3))), (0.1, np.ones((180, 3)))], None).at_rate(20)
    np.testing.assert_allclose(between[:, 0, 0], [0, 0.5, 1], atol=1e-6)


@pytest.mark.parametrize("fps", [10, 25, 60])
def test_seconds_of_signing_are_of_the_frames_of_that_time_whatever_the_rate(fps):
    buffer = FrameBuffer()
    for i in range(3 * fps):
        buffer.add(i / fps, np.zeros((180, 3), np.float32))
        if i < 2 * fps:  # later frames are not judged
            buffer.judge(i / fps, float(i < fps))
    clip = buffer.clip(0, 3, None)
    assert clip.signed == pytest.approx(1.0, abs=0.01)
    assert clip.between(0.5, 3).signed == pytest.approx(0.5, abs=1 / fps)
    assert clip.between(1.5, 3).signed == 0.0
    assert clip.between(7, 8).signed == 0.0
