"""Which hand the drawn person leads with."""

import numpy as np

from stages.corpus.drawn.sample import render_clip
from stages.corpus.drawn.signer import CAST


def test_a_left_hander_leads_with_the_hand_on_the_right_of_the_picture():
    for signer in (s for s in CAST if s.room.pattern == "plain"):
        frames = render_clip("tall", signer, 0)[0].astype(int)
        moved = np.abs(frames[len(frames) // 2] - frames[0]).sum(axis=(0, 2))
        middle = round(signer.offset[0] * len(moved))
        assert (moved[middle:].sum() > moved[:middle].sum()) == signer.left_handed
