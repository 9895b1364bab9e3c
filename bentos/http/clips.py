"""A clip as a client sent it, and the checks that all kinds of bodies share."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import ValidationError

from bentos.contract.skeleton import COORDINATES, NUM_LANDMARKS, PARTS
from bentos.contract.summary import placeholders
from bentos.errors import RefusedError
from bentos.http.schemas import MAX_GLOSS, OwnSigns

FRAME_VALUES = NUM_LANDMARKS * COORDINATES
LIMIT = 100.0  # image fractions lie near 0 … 1; pixels do not
_PARTS = tuple((name.replace("_", " "), rows.start, rows.stop) for name, rows in PARTS.items())
OPTIONS = frozenset({"top_n", "fps", "aspect", "vocabulary", "signs", "own_signs"})


@dataclass(frozen=True)
class Clip:
    """One clip as a client sent it.

    Attributes:
        landmarks: (frames, 180, 3) float32, image fractions, NaN = not seen.
        top_n: glosses wanted.
        fps: frames a second, None = the model's own rate.
        aspect: width / height of the picture, None = unknown.
        vocabulary: glosses to choose from, None = the operator's choice.
        signs: whether the clip may hold several signs, which are to be found.
        own_signs: that the signer taught, None = there are none.
    """

    landmarks: np.ndarray
    top_n: int = 5
    fps: float | None = None
    aspect: float | None = None
    vocabulary: tuple[str, ...] | None = None
    signs: bool = False
    own_signs: OwnSigns | None = None

    @property
    def filmed(self) -> tuple[np.ndarray, float | None, float | None]:
        """Landmarks, frames a second and aspect: what a model is asked about."""
        return self.landmarks, self.fps, self.aspect


def shown(value: Any) -> str:
    """A value as a refusal quotes it."""
    kinds = {dict: "an object", list: "a list", type(None): "null", bool: str(value).lower()}
    return kinds.get(type(value)) or repr(value)[:40]


def _part(point: int) -> tuple[str, int, int]:
    """The part that a point belongs to: its name, its first point and the one after its last."""
    return next(p for p in _PARTS if point < p[2])


def point_name(frame: int, point: int) -> str:
    """Where in a clip: "frame 3, point 25 (right hand 4)"."""
    part, first, _ = _part(point)
    return f"frame {frame}, point {point} ({part} {point - first})"


def too_long(frames: int, max_frames: int) -> RefusedError:
    """The refusal of a clip with too many frames."""
    return RefusedError(413, f"the clip has {frames} frames; right is at most {max_frames}: send one sign at a time")


def checked(landmarks: np.ndarray, rest: dict[str, Any], max_frames: int, exact: np.ndarray | None = None) -> Clip:
    """A clip of landmarks and options that have been read.

    Args:
        landmarks: (frames, 180, 3) float32, NaN = not seen.
        rest: options by name.
        max_frames: most frames allowed.
        exact: the landmarks before they were narrowed, to quote from.

    Raises:
        RefusedError: a value or option is out of range, or a constant stands for what was not seen.
    """
    if len(landmarks) == 0:
        raise RefusedError(422, "the clip has no frames; right is at least one", "landmarks")
    if len(landmarks) > max_frames:
        raise too_long(len(landmarks), max_frames)
    # NaN compares false both ways, so a point that was not seen is never out of range
    bad = (landmarks > LIMIT) | (landmarks < -LIMIT)
    if bad.any():
        i, j, k = (int(x) for x in np.argwhere(bad)[0])
        value = float((landmarks if exact is None else exact)[i, j, k])
        raise RefusedError(
            422,
            f"{point_name(i, j)}: {'xyz'[k]} is {value:g}; right are fractions of the picture's width and height "
            f"within ±{LIMIT:g} (divide pixels by the width and height)",
            f"landmarks[{i}][{j}][{k}]",
        )
    if np.isnan(landmarks).all():
        raise RefusedError(422, "no point was seen in any frame: there is nothing to recognise", "landmarks")
    top_n = rest.get("top_n")
    top_n = 5 if top_n is None else top_n
    if isinstance(top_n, bool) or not isinstance(top_n, int) or top_n < 1:
        raise RefusedError(422, f"top_n is {shown(top_n)}; right is a whole number from 1 up", "top_n")
    fps, aspect = _positive(rest, "fps", 1, 240), _positive(rest, "aspect", 0.1, 10)
    glosses = _glosses(rest.get("vocabulary"))
    signs = rest.get("signs")
    if signs is not None and not isinstance(signs, bool):
        raise RefusedError(422, f"signs is {shown(signs)}; right is true or false", "signs")
    own_signs = _own_signs(rest.get("own_signs"))
    refuse_placeholders(landmarks)
    return Clip(landmarks, top_n, fps, aspect, glosses, bool(signs), own_signs)


def _own_signs(value: Any) -> OwnSigns | None:
    if value is None:
        return None
    try:
        return OwnSigns.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = "own_signs" + "".join(f"[{x}]" if isinstance(x, int) else f".{x}" for x in first["loc"])
        raise RefusedError(422, f"{where}: {first['msg'].removeprefix('Value error, ')}", where) from None


def _glosses(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value:
        said = "empty" if value == [] else shown(value)
        raise RefusedError(
            422, f"vocabulary is {said}; right is a list of glosses, or null for the server's choice", "vocabulary"
        )
    for i, gloss in enumerate(value):
        if not isinstance(gloss, str) or not 0 < len(gloss) <= MAX_GLOSS:
            said = f"vocabulary[{i}] is {shown(gloss)}; right is a gloss of 1 to {MAX_GLOSS} characters"
            raise RefusedError(422, said, f"vocabulary[{i}]")
    return tuple(value)


def refuse_placeholders(landmarks: np.ndarray) -> None:
    """Refuse landmarks in which a constant stands for "not seen".

    Args:
        landmarks: (frames, 180, 3), NaN = not seen.

    Raises:
        RefusedError: x, y and z of a point are one number, or all points of a hand, the pose or the face are equal.
    """
    found = placeholders(landmarks)
    if not found.any():
        return
    i, j = (int(x) for x in np.argwhere(found)[0])
    part, first, end = _part(j)
    at = ", ".join(f"{value:g}" for value in landmarks[i, j])
    if found[i, first:end].all():
        what = f"frame {i}: all {end - first} points of the {part} are equal, ({at})"
    else:
        what = f"{point_name(i, j)} is ({at})"
    right = "what was not seen is null (NaN in a binary body), not a constant"
    raise RefusedError(422, f"{what}, which is no place that was seen; right: {right}", f"landmarks[{i}][{j}]")


def _positive(rest: dict[str, Any], name: str, low: float, high: float) -> float | None:
    value = rest.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise RefusedError(422, f"{name} is {shown(value)}; right is a number from {low:g} to {high:g}", name)
    return float(value)
