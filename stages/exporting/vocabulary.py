"""One signed example of every gloss, as landmarks, so that people see what the model knows; nobody's picture is in it.

`vocabulary.npz` travels in the registered model: `glosses` (N,) str, `fps` (N,) float32, `aspect` (N,) float32,
`video_id` (N,) str and, for gloss i, `clip_<i>` (frames, 180, 3) int16: coordinates times SCALE, UNSEEN = not seen.
"""

from pathlib import Path

import numpy as np

from stages.dataset.ragged import RaggedClips
from stages.exporting import checks
from stages.serving_model.pose2gloss import Pose2Gloss, prepare, resample

FILE = "vocabulary.npz"
SCALE = 4096  # steps of a coordinate from 0 to 1: a twentieth of a pixel of a small video
UNSEEN = -32768
RATE = 15.0  # frames a second, or fewer: enough to follow a sign with the eye, and to recognise it


def exemplars(probabilities: np.ndarray, clips: RaggedClips) -> dict[int, int]:
    """For each label, the clip that the model is surest of.

    Args:
        probabilities: (clips, labels).
        clips: what they belong to; changed copies are passed over.

    Returns:
        Position of the clip by label; labels without a clip are missing.
    """
    original = clips.clips["variant"].to_numpy() == 0
    best: dict[int, int] = {}
    for i in np.flatnonzero(original):
        label = int(clips.labels[i])
        if label not in best or probabilities[i, label] > probabilities[best[label], label]:
            best[label] = int(i)
    return best


def quantise(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (frames, 180, 3) float with NaN to int16."""
    largest = (2**15 - 1) / SCALE
    steps = np.round(np.clip(np.asarray(landmarks, np.float32), -largest, largest) * SCALE)
    return np.where(np.isnan(steps), UNSEEN, steps).astype(np.int16)


def write(model: Pose2Gloss, clips: RaggedClips, folder: Path) -> int:
    """Write `vocabulary.npz`.

    Args:
        model: chooses the examples.
        clips: of train, at the model's frame rate.
        folder: where the file goes.

    Returns:
        How many glosses have an example.
    """
    clips = clips.subset(clips.clips["variant"].to_numpy() == 0)
    rate = float(model.metadata["frame_rate"])
    kept = sorted(exemplars(checks.answers(model, clips, "examples"), clips).items())
    target = min(RATE, rate)
    arrays = {
        f"clip_{n}": quantise(resample(prepare(clips[i], rate, rate, len(clips[i])), rate, target))
        for n, (_, i) in enumerate(kept)
    }
    np.savez_compressed(
        folder / FILE,
        glosses=np.asarray([model.labels[label] for label, _ in kept], np.str_),
        fps=np.full(len(kept), target, np.float32),
        aspect=np.asarray([clips.aspects[i] for _, i in kept], np.float32),
        video_id=np.asarray([clips.clips["video_id"].iloc[i] for _, i in kept], np.str_),
        **arrays,
    )
    return len(kept)
