"""Landmarks of a clip by MediaPipe Holistic (Grishchenko & Bazarevsky 2020) with the refined face of Attention Mesh."""

import contextlib
import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any

import numpy as np

from bentos.contract.skeleton import (
    FACE,
    FACE_INDICES,
    LEFT_HAND,
    NUM_LANDMARKS,
    POSE,
    POSE_INDICES,
    RIGHT_HAND,
    SKELETON_VERSION,
)
from stages.pose.graph import Frame, Holistic
from stages.pose.thinning import fill, with_poses

WRISTS = {"left_hand": 15, "right_hand": 16}  # of MediaPipe's 33 pose landmarks
EXTRACTOR_VERSION = "2"  # a change of the code that changes landmarks raises it, and everything is extracted again;
# what changes those of a kind of clip only stands in the clip's key instead (stages/pose/cache.py)


@dataclass(frozen=True)
class ExtractorSettings:
    """What decides the landmarks of a clip.

    Attributes:
        min_detection_confidence, min_tracking_confidence: 0-1; below them a person is searched anew.
        max_side: pictures are shrunk to this many pixels of the longer side first; 0 = never.
        skip_hidden_hands: do not look for a hand whose wrist is below the picture's edge, unless it was seen there.
        face_every, pose_every: the face is looked for on each so many frames, the pose as well while the signer rests,
            and interpolated between; 1 = on all. The hands are looked for on all.

    Without the last three the landmarks are those of MediaPipe Holistic, bit for bit.
    """

    min_detection_confidence: float = 0.5
    min_tracking_confidence: float = 0.5
    max_side: int = 0
    skip_hidden_hands: bool = True
    face_every: int = 2
    pose_every: int = 2

    @property
    def fingerprint(self) -> str:
        """Names everything that the landmarks depend on but the clip itself."""
        facts = {
            "extractor": EXTRACTOR_VERSION,
            "skeleton": SKELETON_VERSION,
            "mediapipe": version("mediapipe"),
            **asdict(self),
        }
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


class HolisticExtractor:
    """Holds MediaPipe's graphs; not to be shared between threads.

    Usage: `HolisticExtractor(settings)(frames)`; each call is one clip and starts from reset graphs.
    """

    def __init__(self, settings: ExtractorSettings) -> None:
        self.settings = settings
        with _without_tensorflow():
            import mediapipe  # noqa: F401
        self._graphs = Holistic(settings.min_detection_confidence, settings.min_tracking_confidence)

    def __call__(self, frames: Iterable[np.ndarray]) -> np.ndarray:
        """Extract one clip.

        Args:
            frames: RGB pictures, each (height, width, 3) uint8, unmirrored, in the order of time.

        Returns:
            (frames, 180, 3) float16; NaN where nothing was seen.
        """
        self._graphs.reset()  # the tracker must not carry the last clip's signer over
        self._hands_seen = dict.fromkeys(WRISTS, False)
        numbered = (Frame(index, picture) for index, picture in enumerate(frames))
        poses = with_poses(numbered, self._find_pose, list(POSE_INDICES), self.settings.pose_every)
        rows = [self._points(frame, pose, ahead) for frame, pose, ahead in poses]
        if not rows:
            return np.empty((0, NUM_LANDMARKS, 3), np.float16)
        points = np.stack(rows)
        fill(points[:, FACE], self.settings.face_every)
        return points.astype(np.float16)

    def _find_pose(self, frame: Frame) -> np.ndarray | None:
        found = self._graphs.pose(frame)
        return None if found is None else np.array([(p.x, p.y, p.z, p.visibility) for p in found], np.float32)

    def _points(self, frame: Frame, pose: np.ndarray | None, ahead: np.ndarray | None) -> np.ndarray:
        """One frame's points, (180, 3) float32; `ahead` is the pose found next."""
        points = np.full((NUM_LANDMARKS, 3), np.nan, np.float32)
        if pose is None or ahead is None:
            self._graphs.lose()
            self._hands_seen = dict.fromkeys(WRISTS, False)
            return points
        points[POSE] = pose[list(POSE_INDICES), :3]
        for name, rows in (("left_hand", LEFT_HAND), ("right_hand", RIGHT_HAND)):
            below = min(pose[WRISTS[name], 1], ahead[WRISTS[name], 1]) >= 1.0
            if self.settings.skip_hidden_hands and below and not self._hands_seen[name]:
                continue
            points[rows] = _rows(getattr(self._graphs, name)(frame, pose), range(21))
            self._hands_seen[name] = not np.isnan(points[rows]).any()
        if frame.index % self.settings.face_every == 0:
            points[FACE] = _rows(self._graphs.face(frame, pose), FACE_INDICES)
        return points

    def close(self) -> None:
        """Free the graphs."""
        self._graphs.close()


def _rows(landmarks: Any, indices: Iterable[int]) -> np.ndarray | float:
    if landmarks is None:
        return np.nan
    return np.array([(p.x, p.y, p.z) for p in (landmarks[index] for index in indices)], np.float32)


@contextlib.contextmanager
def _without_tensorflow() -> Iterator[None]:
    """Hide TensorFlow while mediapipe is imported: it takes it for one decorator, at 600 MB and 10 s a worker."""
    hidden = "tensorflow" not in sys.modules
    if hidden:
        sys.modules["tensorflow"] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if hidden:
            del sys.modules["tensorflow"]
