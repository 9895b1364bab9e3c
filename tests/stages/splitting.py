"""A corpus as the stages before `split` write it, and what `split` makes of it."""

import numpy as np
import pandas as pd

from stages import split
from tests.stages import corpora

MEASURED = ("duration", "hand_share", "left_hand_share", "right_hand_share", "pose_share", "face_share")


def corpus(count=90, **changes):
    """Manifest and valid clips as the stages before would write them."""
    rows = []
    for number in range(count):
        signer = list(corpora.SIGNERS)[number % 5]
        gloss = corpora.GLOSSES[number // 5 % 6]
        rows.append((f"{number:05d}", gloss, corpora.GLOSSES.index(gloss), corpora.SIGNERS[signer], signer, "web"))
    manifest = pd.DataFrame(rows, columns=["video_id", "gloss", "label", "split", "signer", "source"]).assign(**changes)
    valid = pd.DataFrame({"video_id": manifest["video_id"], "trainable": True})
    valid["frames"] = 30 + np.arange(count) % 25
    valid["fps"] = 25.0
    for name in MEASURED:
        valid[name] = 0.5
    valid["landmarks_hash"] = valid["video_id"]
    return manifest, valid


def select(manifest, valid, **params):
    return split.select(manifest, valid, split.Params(**params))
