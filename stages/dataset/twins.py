"""Recordings that train and another subset share, although neither their files nor their landmarks are equal.

The web has many clips twice: cut, scaled or encoded anew, some under another gloss. Only points tell.
"""

import numpy as np
import pandas as pd
from tqdm import tqdm

from stages.dataset.views import Views
from stages.lazy import lazy

warping = lazy("stages.exporting.warping")  # SciPy, which no other stage shall wait for

COLUMNS = ("train_clip", "train_gloss", "clip", "gloss", "split", "distance")
NEAREST = 10  # train clips that each other clip is compared with, point by point
LEAST = 0.7  # cosine of two embeddings that are worth it; of WLASL's twins the furthest apart have 0.80
SAME = 0.006  # of the picture. WLASL's twins are apart by 0.0051 at most, a signer's other takes by 0.0067 at least
SHARED = 0.5  # of the frames in which a hand must be seen in both
SHOULDERS = 0.3  # of the picture, about; costs are in shoulder widths


def near_twins(views: Views) -> pd.DataFrame:
    """Pairs of a train clip and one of another subset whose hands go the same way.

    Args:
        views: of the clips that are used.

    Returns:
        COLUMNS, the nearest first; `distance` is what `apart` gives, below `SAME`.
    """
    trained = views.clips["split"].eq("train").to_numpy()
    train, held_out = np.flatnonzero(trained), np.flatnonzero(~trained)
    cosines = views.embeddings[held_out] @ views.embeddings[train].T
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, :NEAREST]
    rows = []
    for i, row in enumerate(tqdm(nearest, desc="near twins", unit="clip", mininterval=1.0, disable=None)):
        for one, other in ((train[j], held_out[i]) for j in row if cosines[i, j] >= LEAST):
            if (distance := apart(views.hands[one], views.hands[other])) < SAME:
                known, found = views.clips.iloc[one], views.clips.iloc[other]
                rows.append((known.video_id, known.gloss, found.video_id, found.gloss, found.split, distance))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.sort_values(["distance", "train_clip", "clip"], ignore_index=True)


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """How far the hands of two clips are from each other: median over their points, once aligned in time.

    Args:
        one, other: (frames, 42, 2) image fractions, NaN = not seen.

    Returns:
        A fraction of the picture; infinite where they share too few frames with hands to tell.
    """
    way = warping.align(warping.costs(one / SHOULDERS, other / SHOULDERS))[1]
    far = np.linalg.norm(one[way[:, 0]] - other[way[:, 1]], axis=-1)
    shared = ~np.isnan(far).all(axis=1)
    return float(np.nanmedian(far)) if shared.mean() >= SHARED else float("inf")
