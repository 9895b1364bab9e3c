"""Frames of any timing at a steady rate."""

import numpy as np

from bentos.live.frames import TimedClip


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
