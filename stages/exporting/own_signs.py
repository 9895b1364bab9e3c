"""Where the known glosses lie among a model's embeddings: signs that people teach are compared with that.

`own_signs.npz`, which `bentos/model/own_signs.py` reads and explains: `centre` (E,) and `whitening` (E, E) float32;
`glosses` (labels, E) float16, of unit length, the mean of each gloss's clips; `scale`, `slope` and `offset` of the
logit of an own sign. No clip of a person is in it.
"""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages.dataset.ragged import RaggedClips
from stages.serving_model.pose2gloss import Pose2Gloss

FILE = "own_signs.npz"  # as bentos.contract.loading has it
# with this offset known signs lose 0.7 points to twenty own signs (tests.benchmarks.own_signs)
SCALE, SLOPE, OFFSET = 25.0, 0.44, -0.85
LEAST = 1e-6  # variance of a direction: clips that are all alike must not be divided by nothing


def write(model: Pose2Gloss, clips: RaggedClips, folder: Path) -> None:
    """Write `own_signs.npz`.

    Args:
        model: the served file; it gives an embedding.
        clips: of training.
        folder: where the file goes.
    """
    from sklearn.covariance import ledoit_wolf
    from sklearn.preprocessing import normalize

    originals = np.flatnonzero(clips.clips["variant"].to_numpy() == 0)
    shown = tqdm(originals, desc="embeddings", unit="clip", disable=None)
    embeddings = np.stack([model.embed(clips[i], aspect=float(clips.aspects[i]))[1] for i in shown])
    # a gloss may have no clip of training
    _, places, counts = np.unique(clips.labels[originals], return_inverse=True, return_counts=True)
    means = np.zeros((len(counts), model.embedding_size))
    np.add.at(means, places, embeddings)
    means /= counts[:, None]
    scatter, _ = ledoit_wolf(embeddings - means[places], assume_centered=True)
    variances, directions = np.linalg.eigh(scatter)
    whitening, centre = directions / np.sqrt(np.maximum(variances, LEAST)), means.mean(axis=0)
    arrays = {"centre": centre.astype(np.float32), "whitening": whitening.astype(np.float32)}
    glosses = normalize((means - centre) @ whitening).astype(np.float16)
    np.savez(folder / FILE, **arrays, glosses=glosses, scale=SCALE, slope=SLOPE, offset=OFFSET)
