"""A moving figure for every gloss that can have one, so that people see what the model knows.

`vocabulary.npz` travels in the registered model. It holds
- `glosses` (N,) str, and for all figures `fps`, `aspect` and `scale`, the steps of a coordinate from 0 to 1;
- `still` (180, 3) int16: where the points are that never move, in steps;
- `rows` and `parents` (M,) int16: the points that move, and from which earlier one each is measured (-1: from none);
- `streams` (bytes,) uint8, `ends` (N,) int64: the figure of gloss i ends at ends[i]. It is a zlib stream of
  (3 M + 2, frames) little-endian int16: how x, y and z of each moving point change from frame to frame, and whether
  left and right hand are seen (1) or not (0).
All streams are one array because a zip of a thousand arrays takes 50 ms to open.
"""

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bentos.contract.skeleton import LEFT_HAND, LEFT_WRIST, POSE, RIGHT_HAND, RIGHT_WRIST
from stages.dataset.ragged import RaggedClips
from stages.exporting import figures, neutral

FILE = "vocabulary.npz"
SCALE = 640  # steps of a coordinate from 0 to 1: a pixel of a small picture
UNSEEN = -32768
FINGER = (0, 0, 1, 2, 3, 0, 5, 6, 7, 0, 9, 10, 11, 0, 13, 14, 15, 0, 17, 18, 19)  # the joint before each of a hand
ELBOWS = (POSE.start + 2, POSE.start + 3)
# arms first, then each hand from the arm's wrist: hands move with their arms, fingers with their hands
PARENTS = dict.fromkeys((*ELBOWS, LEFT_WRIST, RIGHT_WRIST), -1) | {
    hand.start + i: hand.start + FINGER[i] if i else wrist
    for hand, wrist in ((LEFT_HAND, LEFT_WRIST), (RIGHT_HAND, RIGHT_WRIST))
    for i in range(21)
}


def draw(clips: RaggedClips, rate: float, labels: Sequence[str]) -> dict[str, np.ndarray]:
    """A figure for each gloss of which enough recordings agree.

    Args:
        clips: of train; changed copies are passed over.
        rate: their frames a second.
        labels: the glosses, by the clips' labels.

    Returns:
        Landmarks (frames, 180, 3) by gloss, at `frame_rate(rate)` in a picture of `neutral.ASPECT`.
    """
    clips = clips.subset(clips.clips["variant"].to_numpy() == 0)
    drawn = {}
    for label, gloss in enumerate(tqdm(labels, desc="figures", unit="gloss", disable=None)):
        found = (
            figures.moving_hands(clips[i], rate, float(clips.aspects[i])) for i in np.flatnonzero(clips.labels == label)
        )
        average = figures.figure([hands for hands in found if hands is not None])
        if average is not None:
            drawn[gloss] = neutral.with_body(average)
    return drawn


def frame_rate(rate: float) -> float:
    """Frames a second of figures made of clips of that rate."""
    return min(figures.RATE, rate)


def write(drawn: dict[str, np.ndarray], fps: float, folder: Path) -> None:
    """Write `vocabulary.npz`.

    Args:
        drawn: landmarks (frames, 180, 3) by gloss, as `draw` gives them.
        fps: their frames a second.
        folder: where the file goes.
    """
    streams = [encode(figure) for figure in drawn.values()]
    still = np.round(neutral.with_body(np.full((1, 42, 3), np.nan))[0] * SCALE)
    still[list(PARENTS)] = UNSEEN
    np.savez_compressed(
        folder / FILE,
        glosses=np.asarray(list(drawn), np.str_),
        fps=np.float32(fps),
        aspect=np.float32(neutral.ASPECT),
        scale=np.uint32(SCALE),
        still=still.astype(np.int16),
        rows=np.asarray(list(PARENTS), np.int16),
        parents=np.asarray(list(PARENTS.values()), np.int16),
        streams=np.frombuffer(b"".join(streams), np.uint8),
        ends=np.cumsum([len(stream) for stream in streams], dtype=np.int64),
    )


def encode(figure: np.ndarray) -> bytes:
    """One figure, (frames, 180, 3) image fractions, as a stream of the file."""
    steps = np.round(figure * SCALE)
    bones = [steps[:, row] - (steps[:, parent] if parent >= 0 else 0) for row, parent in PARENTS.items()]
    seen = ~np.isnan(steps[:, [LEFT_HAND.start, RIGHT_HAND.start], 0])
    series = np.concatenate([*map(_held, bones), seen], axis=1)
    return zlib.compress(np.diff(series, axis=0, prepend=0).T.astype("<i2").tobytes(), 9)


def _held(bone: np.ndarray) -> np.ndarray:
    """A bone (frames, 3) that stays as it was while it is not seen: what does not change takes no room."""
    frames = np.where(np.isnan(bone), 0, np.arange(len(bone))[:, None])
    return np.nan_to_num(np.take_along_axis(bone, np.maximum.accumulate(frames, axis=0), axis=0))
