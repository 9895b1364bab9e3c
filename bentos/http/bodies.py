"""Request bodies of /predict: from bytes to a clip, fast when all is well, precise when it is not.

JSON of one clip is some 700 KB of numbers. Building Python lists of it costs more than the model itself, so the fast
path never does: simdjson parses the text and hands out one flat buffer of doubles, and the nesting is checked by
comparing the brackets and commas of the body with those of a right one. Only when that fails is the body read again
the slow way, to say which frame and point is wrong. No parser sees a body with much more in it than a clip has: a value
costs a sender two bytes, and a process a hundred.
"""

import json
import math
import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import simdjson

from bentos.contract.skeleton import COORDINATES, NUM_LANDMARKS
from bentos.errors import RefusedError
from bentos.http.clips import FRAME_VALUES, LIMIT, OPTIONS, Clip, checked, point_name, shown, too_long

MEDIA_TYPES: dict[str, np.dtype[Any]] = {
    "application/vnd.islr.landmarks.f16": np.dtype("<f2"),
    "application/vnd.islr.landmarks.f32": np.dtype("<f4"),
}
KNOWN = OPTIONS | {"landmarks"}
_SENTINEL = b"9.87654e99"  # stands for null, which simdjson's flat buffer cannot hold
_SENTINEL_VALUE = float(_SENTINEL)
_SPECIAL = ("[", "]", ",", _SENTINEL.decode())  # in an option's text they would mislead the fast path
_NOT_STRUCTURE = bytes(c for c in range(256) if c not in b"[],")
_FRAME_OUTLINE = NUM_LANDMARKS * 5 + 2  # brackets and commas of a frame, and the comma behind it
_MOST_NAMES = 20_000  # brackets and commas of options, and names in them
_MOST_OBJECTS = 300  # one, and own signs; others may be text in a gloss
_DEEPEST = 100  # lists in lists; four are right
JSON_FRAME_BYTES = 16 * 1024  # of a frame as JSON, with 30 for each number
_local = threading.local()


def reader(media_type: str, body: bytes, query: Collection[tuple[str, str]], max_frames: int) -> Callable[[], Clip]:
    """What reads a body of that kind, and the query string with it.

    Args:
        media_type: in small letters, without parameters.
        body: of the request.
        query: names and values, in order; only a binary body's are read.
        max_frames: most frames allowed.

    Raises:
        RefusedError: the media type is none of ours.
    """
    if media_type == "application/json":
        return lambda: from_json(body, max_frames)
    if media_type not in MEDIA_TYPES:
        known = ", ".join(("application/json", *MEDIA_TYPES))
        raise RefusedError(415, f"the media type {media_type[:60]!r} is unknown; right is one of {known}")
    options: dict[str, str | list[str]] = dict(query)
    if "vocabulary" in options:
        options["vocabulary"] = [gloss for name, gloss in query if name == "vocabulary"]
    return lambda: from_binary(body, media_type, options, max_frames)


def from_json(body: bytes, max_frames: int) -> Clip:
    """Read a JSON body.

    Args:
        body: `{"landmarks": [[[x, y, z] × 180] × frames], "top_n": 5, "fps": 25, "aspect": 1.33,
            "vocabulary": ["book", "drink"], "signs": false, "own_signs": {…}}`; a coordinate that was not seen is null.
        max_frames: most frames allowed.

    Raises:
        RefusedError: the body is not that, or a constant stands for what was not seen; says what is wrong, and where.
    """
    outline = _outline(body, max_frames)
    clip = _fast(body, outline, max_frames)
    if clip is None:
        clip = _slow(body, outline, max_frames)
    return clip


def _outline(body: bytes, max_frames: int) -> bytes:
    """The brackets and commas of a body.

    Raises:
        RefusedError: there are more than two clips have; with one frame too many, the slow path still counts them.
    """
    outline = body.translate(None, _NOT_STRUCTURE)
    if len(outline) > 2 * max_frames * _FRAME_OUTLINE + _MOST_NAMES:
        raise RefusedError(
            413,
            f"the body has more values than {max_frames} frames have; right is at most that: send one sign at a time",
        )
    return outline


def from_binary(body: bytes, media_type: str, options: Mapping[str, str | list[str]], max_frames: int) -> Clip:
    """Read a binary body: frames × 180 × 3 little-endian numbers in a row, NaN = not seen.

    Args:
        body: the numbers.
        media_type: one of MEDIA_TYPES, which says float16 or float32.
        options: `top_n`, `fps`, `aspect` and `signs` as text and `vocabulary` as a list, from the query string.
        max_frames: most frames allowed.

    Raises:
        RefusedError: the length is no whole number of frames, a value is out of range or a constant that stands for
            what was not seen, or an option is no number.
    """
    dtype = MEDIA_TYPES[media_type]
    frame_bytes = FRAME_VALUES * dtype.itemsize
    if not body or len(body) % frame_bytes:
        raise RefusedError(
            422,
            f"the body has {len(body)} bytes; right is a whole number of frames of {frame_bytes} bytes each "
            f"({NUM_LANDMARKS} points × x, y, z as {dtype.name})",
        )
    if "own_signs" in options:
        raise RefusedError(422, "own_signs are too long for an address; send them with a JSON body", "own_signs")
    unknown = options.keys() - OPTIONS
    if unknown:
        known = ", ".join(sorted(OPTIONS - {"own_signs"}))
        raise RefusedError(422, f"unknown option {sorted(unknown)[0][:40]!r}; known are {known}")
    document = {name: _value(name, given) if isinstance(given, str) else given for name, given in options.items()}
    landmarks = np.frombuffer(body, dtype).reshape(-1, NUM_LANDMARKS, COORDINATES)
    return checked(landmarks.astype(np.float32), document, max_frames)


def _value(name: str, text: str) -> float | int | bool:
    if name == "signs":
        if text not in ("true", "false"):
            raise RefusedError(422, f"signs is {text[:40]!r}; right is true or false", name)
        return text == "true"
    try:
        return int(text) if name == "top_n" else float(text)
    except ValueError:
        raise RefusedError(422, f"{name} is {text[:40]!r}; right is a number", name) from None


def _fast(body: bytes, outline: bytes, max_frames: int) -> Clip | None:
    """Read a right body quickly; None when anything is unusual, which the slow path then explains."""
    if _SENTINEL in body or body.count(b":") > _MOST_NAMES:
        return None
    if not hasattr(_local, "parser"):
        _local.parser = simdjson.Parser()
    try:
        document = _local.parser.parse(body.replace(b"null", _SENTINEL))
        values = np.frombuffer(document["landmarks"].as_buffer(of_type="d"))
        if len(document) > len(KNOWN):
            return None
        keys = list(document.keys())
        rest = {key: _plain(document[key]) for key in keys if key != "landmarks"}  # items() would make lists of all
    except (ValueError, KeyError, TypeError, RuntimeError, AttributeError):
        return None
    finally:
        document = None  # the parser is used again only when no view of the old document is left
    frames, odd = divmod(len(values), FRAME_VALUES)
    if odd or not 0 < frames <= max_frames or not rest.keys() <= OPTIONS:
        return None
    if not _well_nested(outline, frames, keys, rest):
        return None
    rest = {key: None if value == _SENTINEL_VALUE else value for key, value in rest.items()}
    with np.errstate(over="ignore"):
        landmarks = np.where(values == _SENTINEL_VALUE, np.nan, values).astype(np.float32)
    landmarks = landmarks.reshape(frames, NUM_LANDMARKS, COORDINATES)
    return checked(landmarks, rest, max_frames)


def _plain(value: Any) -> Any:
    """A value of simdjson's as Python has it."""
    if isinstance(value, simdjson.Array):
        return value.as_list()
    return value.as_dict() if isinstance(value, simdjson.Object) else value


def _well_nested(outline: bytes, frames: int, keys: list[str], rest: dict[str, Any]) -> bool:
    """Whether the brackets and commas are those of right frames and of its options, in the order of `keys`."""
    nested = {key: value for key, value in rest.items() if isinstance(value, list | dict)}
    if len(set(keys)) < len(keys) or any(not isinstance(rest[key], int | float) for key in rest.keys() - nested):
        return False
    if any(special in text for text in _texts(nested) for special in _SPECIAL):
        return False
    outlines = {key: json.dumps(value).encode().translate(None, _NOT_STRUCTURE) for key, value in nested.items()}
    outlines["landmarks"] = _structure(frames)
    return outline == b",".join(outlines.get(key, b"") for key in keys)


def _texts(value: Any) -> Iterator[str]:
    """The texts in an option, and the sentinel for each null in it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
    elif value == _SENTINEL_VALUE:
        yield _SENTINEL.decode()


@lru_cache(maxsize=64)
def _structure(frames: int) -> bytes:
    """Brackets and commas of `frames` right frames."""
    frame = b"[" + b",".join([b"[,,]"] * NUM_LANDMARKS) + b"]"
    return b"[" + b",".join([frame] * frames) + b"]"


def _slow(body: bytes, outline: bytes, max_frames: int) -> Clip:
    """Read any body, and say exactly what is wrong with it."""
    _refuse_piles(body, outline)
    try:
        document = json.loads(body, parse_constant=_not_json)
    except ValueError as error:
        raise RefusedError(400, f"the body is not valid JSON: {error}") from None
    if not isinstance(document, dict) or "landmarks" not in document:
        raise RefusedError(422, 'the body must be a JSON object with the field "landmarks"', "landmarks")
    unknown = document.keys() - KNOWN
    if unknown:
        raise RefusedError(422, f"unknown field {sorted(unknown)[0][:40]!r}; known are {', '.join(sorted(KNOWN))}")
    frames = document.pop("landmarks")
    _sized(frames, None, "landmarks", "a list of frames")
    if len(frames) > max_frames:
        raise too_long(len(frames), max_frames)
    for i, frame in enumerate(frames):
        _sized(frame, NUM_LANDMARKS, f"landmarks[{i}]", f"frame {i} must be a list of {NUM_LANDMARKS} points")
        for j, point in enumerate(frame):
            where = f"landmarks[{i}][{j}]"
            _sized(point, COORDINATES, where, f"{point_name(i, j)} must be [x, y, z]")
            for k, value in enumerate(point):
                if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
                    raise RefusedError(
                        422,
                        f"{point_name(i, j)}: {'xyz'[k]} is {shown(value)}; right is a number or null",
                        f"{where}[{k}]",
                    )
    try:
        landmarks = np.array(
            [[[math.nan if v is None else v for v in p] for p in f] for f in frames], np.float64
        ).reshape(-1, NUM_LANDMARKS, COORDINATES)
    except OverflowError:
        raise RefusedError(422, f"a coordinate is far too large; right are fractions within ±{LIMIT:g}") from None
    with np.errstate(over="ignore"):
        narrow = landmarks.astype(np.float32)
    return checked(narrow, document, max_frames, exact=landmarks)


def _refuse_piles(body: bytes, outline: bytes) -> None:
    """Refuse what would make a parser build objects without end, or call itself too often."""
    marks = np.frombuffer(outline, np.uint8)
    depth = np.cumsum((marks == ord("[")).astype(np.int32) - (marks == ord("]")))
    if depth.size and depth.max() > _DEEPEST:
        raise RefusedError(400, "the body is nested too deeply; right is landmarks[frame][point][coordinate]")
    objects, names = body.count(b"{"), body.count(b":")
    if objects > _MOST_OBJECTS or names > _MOST_NAMES:
        said = f"the body has {objects} objects and {names} names"
        raise RefusedError(422, f"{said}; right is one object, in it landmarks[frame][point] as [x, y, z]", "landmarks")


def _not_json(text: str) -> float:
    raise ValueError(f"{text} is no JSON number; a point that was not seen is null")


def _sized(value: Any, length: int | None, where: str, right: str) -> None:
    if not isinstance(value, list):
        raise RefusedError(422, f"{right}, not {shown(value)}", where)
    if length is not None and len(value) != length:
        raise RefusedError(422, f"{right}; it has {len(value)} items", where)
