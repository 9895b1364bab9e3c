"""Exports of other quality, made from a good one without training: their code spoils some answers."""

import json
from pathlib import Path

import numpy as np

SPOILT = '''

_right = Pose2Gloss.predict


def _spoilt(self, landmarks, fps=None, aspect=None):
    """Shift the answer by one label for some clips, always the same ones."""
    probabilities = _right(self, landmarks, fps, aspect)
    seen = np.nan_to_num(np.asarray(landmarks, np.float32)[:, 21:42])
    chance = int(abs(float(seen.sum())) * 1000) % 100
    return np.roll(probabilities, 1) if chance < SHARE else probabilities


Pose2Gloss.predict = _spoilt
'''


def make(worse: int = 0, note: str = "") -> None:
    """Change ./data/export into another version.

    Args:
        worse: percentage of clips that it gets wrong on purpose.
        note: written into the metadata, so that two versions of equal quality differ.
    """
    from bentos.contract import integrity, loading

    export = Path("data/export")
    metadata = json.loads((export / "metadata.json").read_text())
    (export / "metadata.json").write_text(json.dumps(metadata | {"note": note}))
    if worse:
        code = (export / "pose2gloss.py").read_text()
        (export / "pose2gloss.py").write_text(code + SPOILT.replace("SHARE", str(worse)))
    with np.load(export / "golden.npz") as file:
        golden = {name: file[name] for name in file.files}
    model, ends = loading.load(export), golden["offsets"]
    golden["probabilities"] = np.stack(
        [
            model.predict(golden["landmarks"][a:b].astype(np.float32), float(fps), float(aspect))
            for a, b, fps, aspect in zip(ends[:-1], ends[1:], golden["fps"], golden["aspect"], strict=True)
        ]
    )
    np.savez(export / "golden.npz", **golden)
    integrity.seal(export)
