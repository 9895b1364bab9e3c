"""What is said of a clip's conditions, and its mirror image."""

import numpy as np
import pandas as pd

from stages.augmentation import geometry
from stages.dataset.ragged import COLUMNS, RaggedClips
from stages.evaluation.conditions import Mirrored, conditions
from tests.stages.clips import signer


def clips(labels, signers, fps=25.0, change=lambda clip: clip):
    frames = [change(signer(10)) for _ in labels]
    known = pd.DataFrame(dict.fromkeys(COLUMNS, ""), index=range(len(labels)))
    known = known.assign(signer=signers, fps=fps, aspect=1.3)
    starts = np.arange(len(labels)) * 10
    return RaggedClips(np.concatenate(frames), starts, np.full(len(labels), 10), np.asarray(labels), known)


def without_hands(clip):
    clip[:6, :42] = np.nan
    return clip


def test_every_condition_is_told():
    train = clips([0, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2], ["a"] * 11 + [None])
    table = conditions(clips([0, 1, 2, 3], ["a", "b", "", None], [15, 25, 30, 60]), train)
    assert table["train clips"].tolist() == ["3 to 4", "0 to 2", "8 or more", "0 to 2"]
    assert table["signer"].tolist() == ["learnt from", "new", "not known", "not known"]
    assert table["frame rate"].tolist() == ["0 to 20", "21 to 28", "29 or more", "29 or more"]
    assert table["hands seen"].tolist() == ["90 to 100"] * 4


def test_a_frame_without_a_hand_counts_against_the_hands():
    hidden = clips([0], ["a"], change=without_hands)
    assert conditions(hidden, hidden)["hands seen"].tolist() == ["0 to 49"]


def test_mirrored_clips_are_the_mirrored_signers():
    filmed = clips([0, 1], ["a", "b"])
    mirrored = Mirrored.of(filmed)
    assert len(mirrored) == 2
    np.testing.assert_array_equal(mirrored.labels, filmed.labels)
    np.testing.assert_array_equal(mirrored[1], geometry.flip(filmed[1]))
    np.testing.assert_array_equal(mirrored.subset(np.array([1]))[0], geometry.flip(filmed[1]))
