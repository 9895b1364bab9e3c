"""Draws the 180 points over a clip, for people who want to look."""

from pathlib import Path

import cv2
import numpy as np

from bentos.contract.skeleton import PARTS
from stages.pose.excerpt import Footage
from stages.pose.video import decode

HEIGHT = 480  # pixels of the picture that is drawn on
COLOURS = {"left_hand": (80, 220, 80), "right_hand": (60, 120, 255), "pose": (255, 200, 60), "face": (220, 220, 220)}
FINGERS = ((0, 1, 2, 3, 4), (0, 5, 6, 7, 8), (5, 9, 10, 11, 12), (9, 13, 14, 15, 16), (13, 17, 18, 19, 20), (0, 17))
ARMS = ((0, 1), (0, 2, 4), (1, 3, 5))  # shoulders; left and right shoulder, elbow, wrist
LINES = {"left_hand": FINGERS, "right_hand": FINGERS, "pose": ARMS, "face": ()}


def write_preview(path: Path, landmarks: np.ndarray, fps: float, video: Footage | None = None) -> Path:
    """Write a WebM video of a clip with its points.

    Args:
        path: the file to write; its folder is made.
        landmarks: (frames, 180, 3), image fractions, NaN = not seen.
        fps: frames a second.
        video: the clip; without it (imported landmarks) the points are drawn on black.

    Returns:
        The path written.

    Raises:
        OSError: this OpenCV cannot write the video.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = decode(video) if video else (np.zeros((HEIGHT, HEIGHT, 3), np.uint8) for _ in landmarks)
    writer = None
    try:
        for picture, points in zip(pictures, landmarks, strict=False):
            height, width = picture.shape[:2]
            frame = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
            frame = cv2.resize(frame, (round(width * HEIGHT / height / 2) * 2, HEIGHT))
            draw(frame, points)
            if writer is None:
                size = (frame.shape[1], frame.shape[0])
                writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter.fourcc(*"VP80"), fps, size)
                if not writer.isOpened():
                    raise OSError(f"{path} cannot be written: this OpenCV has no VP8 encoder")
            writer.write(frame)
    finally:
        if writer is not None:
            writer.release()
    return path


def draw(frame: np.ndarray, points: np.ndarray) -> None:
    """Draw one frame's points, (180, 3), on a (height, width, 3) uint8 BGR picture in place."""
    scale = np.array([frame.shape[1], frame.shape[0]], np.float32)
    for part, rows in PARTS.items():
        pixels = points[rows, :2].astype(np.float32) * scale
        seen = ~np.isnan(pixels).any(axis=1)
        for line in LINES[part]:
            if seen[list(line)].all():
                cv2.polylines(frame, [pixels[list(line)].round().astype(np.int32)], False, COLOURS[part], 2)
        for x, y in pixels[seen].round().astype(int).tolist():
            cv2.circle(frame, (x, y), 1 if part == "face" else 3, COLOURS[part], -1)
