"""The pieces that a frame's vector is made of; a network chooses them by name. Read without Keras.

A new piece is one entry of PIECES: what it sees of a clip, of which points, in how many numbers a point.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from bentos.contract.skeleton import HANDS, PARTS
from stages.lazy import lazy

ops, body = lazy("keras.ops"), lazy("stages.features.body")

TRACKED = (0, 8, 21, 29)  # wrist and tip of the index finger, left and right: where the hands are


class UnknownPieceError(ValueError):
    """A piece that this code does not have; the message names it."""


class Clip:
    """What `BodyNormalization` says of a clip, as pieces look at it; what several of them need is computed once.

    Args:
        chosen: rows of the chosen points.
        points: (batch, frames, 180, 3).
        seen: (batch, frames, 180, 1).
        chest: (batch, 1, 1, 4).
    """

    def __init__(self, chosen: Sequence[int], points, seen, chest):
        self.chosen, self.points, self.seen, self.chest = chosen, points, seen, chest
        self.shape_seen = seen[:, :, HANDS]

    @cached_property
    def place(self):
        """x and y of the chosen points: (batch, frames, chosen, 2)."""
        return ops.take(self.points[..., :2], self.chosen, axis=2)

    @cached_property
    def place_seen(self):
        """(batch, frames, chosen, 1)."""
        return ops.take(self.seen, self.chosen, axis=2)

    @cached_property
    def shape(self):
        """Both hands from their own wrist, in their own size: (batch, frames, 42, 3)."""
        return body.hand_shapes(self.points, self.seen)


def _motion(values, seen, apart: int):
    """How values (batch, frames, points, dims) change over `apart` frames; 0 where either end was not seen."""
    change = (values[:, apart:] - values[:, :-apart]) * seen[:, apart:] * seen[:, :-apart]
    return ops.concatenate([change, ops.zeros_like(values[:, :apart])], axis=1)


def _from_chest(clip: Clip):
    """Wrists and tips of the index fingers from the chest, in shoulder widths: (batch, frames, 4, 2)."""
    tracked, tracked_seen = (ops.take(v, TRACKED, axis=2) for v in (clip.points[..., :2], clip.seen))
    return (tracked - clip.chest[..., :2]) / ops.maximum(clip.chest[..., 2:3], 0.1) * tracked_seen


def _chest_seen(clip: Clip):
    """Whether the chest was seen in any frame: (batch, frames, 1, 1)."""
    return ops.broadcast_to(clip.chest[..., 3:], (*ops.shape(clip.points)[:2], 1, 1))


def _parts(chosen: Sequence[int]) -> list[slice]:
    """The parts that hold a chosen point: what is not looked at must not tell by being there."""
    return [p for p in PARTS.values() if any(p.start <= i < p.stop for i in chosen)]


def _parts_seen(clip: Clip):
    """Which parts were seen in a frame: (batch, frames, parts, 1)."""
    return ops.concatenate([ops.max(clip.seen[:, :, p], axis=2, keepdims=True) for p in _parts(clip.chosen)], axis=2)


class Piece(NamedTuple):
    """One piece of a frame's vector.

    Attributes:
        values: what it sees of a clip, (batch, frames, points, dims).
        points: which points these are, told the chosen ones.
        dims: numbers a point.
    """

    values: Callable[[Clip], Any]
    points: Callable[[Sequence[int]], Sequence[int]]
    dims: int


def _chosen(chosen: Sequence[int]) -> Sequence[int]:
    return chosen


def _hands(_: Sequence[int]) -> Sequence[int]:
    return range(HANDS.start, HANDS.stop)


PIECES: dict[str, Piece] = {
    "place": Piece(lambda clip: clip.place, _chosen, 2),
    "shape": Piece(lambda clip: clip.shape, _hands, 3),
    "place_motion_1": Piece(lambda clip: _motion(clip.place, clip.place_seen, 1), _chosen, 2),
    "shape_motion_1": Piece(lambda clip: _motion(clip.shape, clip.shape_seen, 1), _hands, 3),
    "place_motion_2": Piece(lambda clip: _motion(clip.place, clip.place_seen, 2), _chosen, 2),
    "shape_motion_2": Piece(lambda clip: _motion(clip.shape, clip.shape_seen, 2), _hands, 3),
    "from_chest": Piece(_from_chest, lambda _: TRACKED, 2),
    "chest_seen": Piece(_chest_seen, lambda _: (0,), 1),
    "parts_seen": Piece(_parts_seen, lambda chosen: [p.start for p in _parts(chosen)], 1),
}

# What models see that were saved before pieces could be chosen: names and order stay, whatever PIECES gets.
STANDARD = (
    *("place", "shape", "place_motion_1", "shape_motion_1", "place_motion_2", "shape_motion_2"),
    *("from_chest", "chest_seen", "parts_seen"),
)


def check(pieces: Sequence[str]) -> tuple[str, ...]:
    """The names, when each is known and stands there once.

    Raises:
        UnknownPieceError: one is not known.
        ValueError: one stands there twice, or there is none.
    """
    if unknown := [name for name in pieces if name not in PIECES]:
        raise UnknownPieceError(f"there is no piece {unknown[0]!r}: choose from {', '.join(PIECES)}")
    if not pieces or len(set(pieces)) < len(pieces):
        raise ValueError("give each piece once, and at least one")
    return tuple(pieces)


def channels(pieces: Sequence[str], chosen: Sequence[int]) -> list[tuple[str, int, int]]:
    """What each channel is, in order: (piece, point, dimension). Equal names mean the same in two models."""
    return [
        (name, point, dim)
        for name in pieces
        for point in PIECES[name].points(chosen)
        for dim in range(PIECES[name].dims)
    ]
