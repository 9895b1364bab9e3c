"""Files of own signs, as the page exports them."""

import base64
import json
import struct
from pathlib import Path

import numpy as np


def take(landmarks: np.ndarray, fps: float = 25.0, frames: int | None = None) -> str:
    """As the page writes it."""
    steps = np.where(np.isnan(landmarks), -32768, np.round(landmarks * 8192)).astype("<i2")
    header = struct.pack("<ffII", fps, 1.5, len(landmarks) if frames is None else frames, 8192)
    return base64.b64encode(header + steps.tobytes()).decode()


def exported(path: Path, *signs: dict) -> Path:
    """Write a file with these signs."""
    path.write_text(json.dumps({"kind": "islr own signs", "version": 1, "signs": list(signs)}))
    return path
