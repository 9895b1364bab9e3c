"""The motion that a script describes."""

import numpy as np

from stages.corpus.drawn.lexicon import LEXICON, motion


def test_motion_passes_through_its_keys_and_holds_outside_them():
    keys = LEXICON["tall"].lead
    states = motion(keys, np.array([-0.5, 0.0, 0.5, 1.0, 2.0]))
    assert np.allclose(states[0], keys[0].vector())
    assert np.allclose(states[-1], keys[-1].vector())
    assert np.allclose(states[2, 1], (keys[0].up + keys[1].up) / 2)
