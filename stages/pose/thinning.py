"""Which frames of a clip a model runs on, and what stands on the frames between.

A clip is at hand as a whole, so what was left out lies between two known frames, not only after one.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

import numpy as np

STILL = 0.01  # image fractions a frame; joints that all move less rest


class Numbered(Protocol):
    """A frame that knows its place in the clip."""

    index: int


F = TypeVar("F", bound=Numbered)
Pose = np.ndarray | None


def with_poses(
    frames: Iterable[F], find: Callable[[F], Pose], joints: list[int], every: int
) -> Iterator[tuple[F, Pose, Pose]]:
    """Find the pose on each frame, but only on each `every`-th while the joints rest; interpolate on the others.

    Args:
        frames: in the order of time.
        find: runs the model: (points, ≥ 2) with x and y first, or None; called in the order of time.
        joints: rows of the pose that tell whether the signer moves.
        every: 1 = all frames.

    Yields:
        Each frame with its pose and with the pose that is found next; its own again where nobody is found next.
    """
    waiting: list[F] = []
    known: Pose = None
    due = 0
    for frame in frames:
        if frame.index < due:
            waiting.append(frame)
            continue
        pose = find(frame)
        resting = bool(waiting) and _resting(known, pose, joints, frame.index - waiting[0].index)
        yield from _spread(waiting, known, pose, len(waiting))
        waiting, known = [frame], pose
        due = frame.index + (every if resting else 1)
    if len(waiting) > 1:
        pose = find(waiting[-1])
        yield from _spread(waiting, known, pose, len(waiting) - 1)
    else:
        yield from _spread(waiting, known, known, 1)


def fill(points: np.ndarray, every: int) -> None:
    """Write what lies between on all frames but each `every`-th, in place; points: (frames, points, 3), NaN = not seen.

    After the last of these frames it is held.
    """
    frames = np.arange(len(points))
    before = frames - frames % every
    after = np.minimum(before + every, before[-1:])
    between = np.flatnonzero(frames != before)
    share = ((frames - before) / every)[between, None, None]
    points[between] = _between(points[before[between]], points[after[between]], share)


def _spread(waiting: list[F], start: Pose, end: Pose, steps: int) -> Iterator[tuple[F, Pose, Pose]]:
    """Frames that wait, the first with the pose `start`, the one `steps` later with `end`."""
    ahead = start if end is None or start is None else end
    for step, frame in enumerate(waiting):
        reached = start if start is None or ahead is None or step == 0 else _between(start, ahead, step / steps)
        yield frame, reached, ahead


def _between(start: np.ndarray, end: np.ndarray, share: np.ndarray | float) -> np.ndarray:
    """On the line from start to end; where only one is known, that one."""
    line = start + (end - start) * share
    return np.where(np.isnan(start), end, np.where(np.isnan(end), start, line))


def _resting(start: Pose, end: Pose, joints: list[int], frames: int) -> bool:
    if start is None or end is None:
        return False
    return bool(np.abs(end[joints, :2] - start[joints, :2]).max() < STILL * frames)
