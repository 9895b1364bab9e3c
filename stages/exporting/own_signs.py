"""Where the known glosses lie among a model's embeddings: signs that people teach are compared with that.

`own_signs.npz`: `glosses` (labels, E) float16, of unit length, the mean of some clips of each gloss; `slope` and
`offset` of the logit of an own sign (`bentos/model/own_signs.py` says what they do). No clip of a person is in it.
"""

from pathlib import Path

import numpy as np
from tqdm import tqdm

from stages.dataset.ragged import RaggedClips
from stages.serving_model.pose2gloss import Pose2Gloss

FILE = "own_signs.npz"  # as bentos.contract.loading has it
CLIPS = 5  # of each gloss: more hardly move the mean
# with this offset, as tests.benchmarks.own_signs prints it, known signs lose 0.7 points to twenty own signs
SLOPE, OFFSET = 1.2, -3.9


def write(model: Pose2Gloss, clips: RaggedClips, folder: Path) -> None:
    """Write `own_signs.npz`.

    Args:
        model: the served file; it gives an embedding.
        clips: of training.
        folder: where the file goes.
    """
    originals = np.flatnonzero(clips.clips["variant"].to_numpy() == 0)
    glosses = np.zeros((len(model.labels), model.embedding_size), np.float32)
    taken = [originals[clips.labels[originals] == label][:CLIPS] for label in range(len(model.labels))]
    for i in tqdm(np.concatenate(taken), desc="embeddings", unit="clip", disable=None):
        glosses[clips.labels[i]] += model.embed(clips[i], aspect=float(clips.aspects[i]))[1]
    seen = np.linalg.norm(glosses, axis=1) > 0  # a gloss may have no clip of training
    glosses = glosses[seen] / np.linalg.norm(glosses[seen], axis=1, keepdims=True)
    np.savez(folder / FILE, glosses=glosses.astype(np.float16), slope=SLOPE, offset=OFFSET)
