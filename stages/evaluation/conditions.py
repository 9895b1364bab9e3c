"""Under which conditions a clip was signed and filmed, so that accuracy can be told for each."""

import numpy as np
import pandas as pd

from bentos.contract.skeleton import HANDS
from stages.augmentation import geometry
from stages.dataset.ragged import RaggedClips

TRAIN_CLIPS = ((0, 2), (3, 4), (5, 7), (8, None))  # of the clip's gloss, first and last of each group
FRAME_RATES = ((0, 20), (21, 28), (29, None))  # a second, as filmed
HANDS_SEEN = ((0, 49), (50, 89), (90, 100))  # percent of the frames with a hand


class Mirrored(RaggedClips):
    """The same clips as the mirrored signers would have signed them."""

    def __getitem__(self, index: int) -> np.ndarray:
        return geometry.flip(super().__getitem__(index))

    @classmethod
    def of(cls, clips: RaggedClips) -> "Mirrored":
        """All of these clips."""
        return cls(clips.frames, clips.starts, clips.lengths, clips.labels, clips.clips)


def conditions(clips: RaggedClips, train: RaggedClips) -> pd.DataFrame:
    """One row a clip, every value a word or a range.

    Args:
        clips: held-out clips.
        train: what was learnt from, each clip once.

    Returns:
        Columns "train clips" (of its gloss), "signer" (learnt from, new, or not known), "frame rate" and "hands seen"
        (percent of frames with a hand).
    """
    learnt = np.bincount(train.labels, minlength=1 + clips.labels.max(initial=0))[clips.labels]
    known, signers = set(train.clips["signer"].dropna()) - {""}, clips.clips["signer"].fillna("")
    hands = [100 * (~np.isnan(clips[i][:, HANDS, 0])).any(axis=1).mean() for i in range(len(clips))]
    return pd.DataFrame(
        {
            "train clips": [_range(n, TRAIN_CLIPS) for n in learnt],
            "signer": ["not known" if not s else "learnt from" if s in known else "new" for s in signers],
            "frame rate": [_range(round(fps), FRAME_RATES) for fps in clips.clips["fps"]],
            "hands seen": [_range(int(share), HANDS_SEEN) for share in hands],
        }
    )


def _range(value: int, ranges: tuple[tuple[int, int | None], ...]) -> str:
    """The range that holds a value, in words."""
    first, last = next((low, high) for low, high in ranges if high is None or value <= high)
    return f"{first} or more" if last is None else f"{first} to {last}"
