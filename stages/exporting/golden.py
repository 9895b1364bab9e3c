"""What the served file says of some clips, so that whoever loads it can check that it still says so.

The clips are figures, and moving hands that are made up where there are too few: no recording of a person travels.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bentos.contract.skeleton import HANDS, LEFT_HAND, RIGHT_HAND
from stages.corpus.drawn.hand import joints
from stages.exporting import neutral
from stages.exporting.checks import top
from stages.reports.files import write_json
from stages.serving_model.pose2gloss import Pose2Gloss

CM = 34.0  # in a shoulder width of the drawn hand
FRAMES = 25


def choose(drawn: dict[str, np.ndarray], count: int) -> list[tuple[str, np.ndarray]]:
    """`count` clips to ask, float16: figures spread over the vocabulary, then made-up hands, which show no gloss ("").

    Args:
        drawn: landmarks (frames, 180, 3) by gloss.
        count: at least one.
    """
    places = np.linspace(0, len(drawn) - 1, min(count, len(drawn))).round().astype(int)
    glosses = list(drawn)
    clips = [(glosses[i], drawn[glosses[i]]) for i in places]
    clips += [("", made_up(seed)) for seed in range(count - len(clips))]
    return [(gloss, clip.astype(np.float16)) for gloss, clip in clips]


def made_up(seed: int) -> np.ndarray:
    """(25, 180, 3): drawn hands, both or the right one only, on their way from one shape and place to another."""
    rng = np.random.default_rng(seed)
    hands = np.full((FRAMES, HANDS.stop, 3), np.nan)
    hands[:, RIGHT_HAND] = _moving_hand(rng)
    if seed % 2:
        hands[:, LEFT_HAND] = _moving_hand(rng) * (-1, 1, 1)
    return neutral.with_body(hands)


def _moving_hand(rng: np.random.Generator) -> np.ndarray:
    """A right hand in shoulder widths, (25, 21, 3)."""
    shapes, turns = rng.uniform(0, 1, (2, 7)), rng.uniform(-40, 40, (2, 3))
    places = rng.uniform((-0.9, -0.6, 0), (0.1, 0.7, 0), (2, 3))
    frames = []
    for share in (1 - np.cos(np.linspace(0, np.pi, FRAMES))) / 2:
        shape, turn, place = (v[0] * (1 - share) + v[1] * share for v in (shapes, turns, places))
        frames.append(place + joints(shape, *turn) * (1, -1, -1) / CM)
    return np.stack(frames)


def record(model: Pose2Gloss, clips: list[tuple[str, np.ndarray]], fps: float, folder: Path) -> None:
    """Write the model's answers.

    `golden.npz`: landmarks (F, 180, 3) float16, offsets (N + 1,), fps (N,), aspect (N,), probabilities (N, labels),
    labels (labels,) str, whose probabilities these are, and gloss (N,) str, what a clip shows. `golden.json`: the same
    answers for people, and as requests expect them.

    Args:
        model: the served file.
        clips: what `choose` chose.
        fps: their frames a second.
        folder: where both files go.
    """
    probabilities = [model.predict(clip, fps, neutral.ASPECT) for _, clip in clips]
    np.savez_compressed(
        folder / "golden.npz",
        landmarks=np.concatenate([clip for _, clip in clips]),
        offsets=np.cumsum([0, *(len(clip) for _, clip in clips)]),
        fps=np.full(len(clips), fps, np.float32),
        aspect=np.full(len(clips), neutral.ASPECT, np.float32),
        probabilities=np.stack(probabilities).astype(np.float32),
        labels=np.asarray(model.labels, np.str_),
        gloss=np.asarray([gloss for gloss, _ in clips], np.str_),
    )
    write_json(folder / "golden.json", list(_readable(model, clips, probabilities, fps)))


def _readable(model: Pose2Gloss, clips: list, probabilities: list[np.ndarray], fps: float) -> Iterator[dict]:
    for (gloss, clip), p in zip(clips, probabilities, strict=True):
        best = [{"gloss": model.labels[i], "score": round(float(p[i]), 6)} for i in top(p)]
        yield {"gloss": gloss, "fps": fps, "aspect": neutral.ASPECT, "frames": len(clip), "predictions": best}
