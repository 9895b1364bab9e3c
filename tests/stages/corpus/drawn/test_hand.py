"""The joints of a drawn hand."""

import numpy as np

from stages.corpus.drawn.hand import joints
from stages.corpus.drawn.lexicon import FIST, FIVE


def test_fingers_curl_to_the_palm_and_spread_apart():
    straight, fist = joints(FIVE.vector(), 0, 0, 0), joints(FIST.vector(), 0, 0, 0)
    tips = [8, 12, 16, 20]
    assert (np.linalg.norm(straight[tips], axis=1) > 13).all()
    assert (np.linalg.norm(fist[tips], axis=1) < 10).all()
    assert fist[tips, 2].min() > 0
    assert joints(FIVE.vector(), 0, 180, 0)[4, 0] < 0 < straight[4, 0]
    assert joints(FIVE.vector(), 90, 0, 0)[12, 0] > 15
