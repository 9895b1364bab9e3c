"""Movements of a made-up body."""

import numpy as np

from stages.nonsigning.bodies import stream
from tests.stages.clips import signer

BODY = signer(40)


def played(kind: str, fps: float = 25, seed: int = 0, lively: bool = False, body: np.ndarray = BODY) -> np.ndarray:
    return np.stack([frame for _, frame in stream(kind, body, 1.5, fps, 20, seed, lively)])
