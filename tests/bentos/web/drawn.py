"""Short videos of the drawn signer, as a camera and as a file."""

from pathlib import Path

import cv2
import numpy as np

from stages.corpus.drawn.sample import render_clip

SIGNER = 1


def pictures(gloss: str = "book", every: int = 3) -> np.ndarray:
    """Every so many frames of a drawn clip: (frames, 360, 480, 3) uint8 BGR."""
    return render_clip(gloss, SIGNER)[0][::every]


def write_camera(path: Path, frames: np.ndarray, fps: int) -> Path:
    """What Chromium plays as a camera: uncompressed YUV 4:2:0."""
    height, width = frames.shape[1:3]
    with path.open("wb") as out:
        out.write(f"YUV4MPEG2 W{width} H{height} F{fps}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in frames:
            out.write(b"FRAME\n" + cv2.cvtColor(frame, cv2.COLOR_BGR2YUV_I420).tobytes())
    return path


def write_webm(path: Path, frames: np.ndarray, fps: float) -> Path:
    """A file that browsers play."""
    size = (frames.shape[2], frames.shape[1])
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"VP80"), fps, size)
    for frame in frames:
        writer.write(frame)
    writer.release()
    return path
