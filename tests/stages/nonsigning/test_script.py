"""Scripts: hands are somewhere at some time, whoever plays them."""

import numpy as np

from stages.nonsigning.script import LAP, Script


def test_a_hand_leaves_where_it_was_when_it_is_told_to_go():
    script = Script(np.random.default_rng(0))
    script.go("left", 0.5, (0.1, 0.2))
    script.wait(2.0)
    script.go("left", 0.5, (0.3, 0.4), curl=(0.1, 0.2, 0.3, 0.4, 0.5))
    assert [(time, pose.at) for time, pose in script.left] == [(0.5, (0.1, 0.2)), (2.0, (0.1, 0.2)), (2.5, (0.3, 0.4))]
    assert script.left[0][1].curl == (0.3,) * 5
    assert not script.right


def test_hands_go_home_into_the_lap_and_time_passes():
    script = Script(np.random.default_rng(0))
    script.home("left", "right")
    assert script.now > 0.8
    for hand in ("left", "right"):
        np.testing.assert_allclose(getattr(script, hand)[-1][1].at, LAP[hand], atol=0.08)
