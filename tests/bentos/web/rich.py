"""Makes a tiny model of as many words as a large vocabulary has. Run as a program: TensorFlow stays in it.

python -m tests.bentos.web.rich FOLDER
"""

import json
import sys
from itertools import product
from pathlib import Path
from string import ascii_lowercase

import numpy as np

from bentos.contract import integrity
from stages.exporting import neutral, vocabulary
from tests.bentos import tiny_model

ENDS = ["".join(letters) for letters in product("bdfgklmnpr", "aeiou")][:46]
LABELS = [*tiny_model.LABELS, *(letter + end for end in ENDS for letter in ascii_lowercase)]
CLIPS = [20 - i // 65 for i in range(len(LABELS))]
SIGNERS = [None if i % 2 else clips - 1 for i, clips in enumerate(CLIPS)]
FIGURES = [gloss for gloss, clips in zip(LABELS, CLIPS, strict=True) if clips >= 3]
ACCURACY = [
    (100, "val", 165, 0.794, 0.931),
    (300, "val", 446, 0.7, 0.88),
    (1000, "val", 1290, 0.493, 0.739),
    (len(LABELS), "val", 1500, 0.44, 0.71),
    (100, "test", 120, 0.75, 0.9),
]


def figure(frames: int = 12) -> np.ndarray:
    """(frames, 180, 3): a right hand that moves before a body that is nobody's."""
    hands = np.full((frames, 42, 3), np.nan)
    hand = np.stack([np.linspace(0, 0.1, 21), np.linspace(0, 0.05, 21) ** 2, np.zeros(21)], 1)
    path = np.stack([np.linspace(-0.8, 0.8, frames), np.full(frames, 0.4), np.zeros(frames)], 1)
    hands[:, 21:] = path[:, None] + hand
    return neutral.with_body(hands)


def write(folder: Path) -> None:
    """Write a version that says of itself that its words are ASL."""
    tiny_model.write(folder, 1, False, LABELS)
    path = folder / "metadata.json"
    parts = [
        {"vocabulary": size, "part": part, "n": n, "top1": top1, "top5": top5}
        | {"top1_ci": [top1 - 0.05, top1 + 0.04], "top5_ci": [top5 - 0.03, top5 + 0.02]}
        for size, part, n, top1, top5 in ACCURACY
    ]
    said = {
        "language": "ASL",
        "source": "clips that were made up",
        "learnt_from": {"clips": CLIPS, "signers": SIGNERS},
        "accuracy": parts,
    }
    path.write_text(json.dumps(json.loads(path.read_text()) | said))
    vocabulary.write(dict.fromkeys(FIGURES, figure()), 12.5, folder)
    integrity.seal(folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
