"""What goes over the socket.

Client to server, binary: one frame a message, little-endian.

| bytes | what |
|---|---|
| 0 | 1: float16 follows, 2: float32 follows |
| 1–7 | 0 |
| 8–15 | float64: time of the frame in milliseconds, from any start, always rising |
| 16– | 180 × 3 numbers: x, y, z of each point, image fractions, unmirrored, NaN = not seen |

Client to server, text: one JSON object a message, see `Start`, `Choose` and `Simple`.

Server to client, text: one JSON object a message with a `type`:

| type | fields |
|---|---|
| ready | session, resumed, phrase (the signs kept), model, version, threshold, english ("llm" or "glosses"), token, |
| | feedback ("off", "summaries" or "landmarks"), vocabulary (how many glosses are candidates) |
| hands | left, right: whether each is seen; sent when it changes |
| sign_started | sign (its number), time (ms, the client's clock) |
| candidates | sign, candidates [{gloss, score}]: of the sign under way; may change |
| committed | sign, gloss, score, candidates, start, end (ms), token; never changes afterwards |
| repeated | sign, of: the sign was the same as the one before and was merged with it |
| none | sign, why: "unsure", "too_short" or "busy"; candidates where there are any |
| phrase | signs, token: what the phrase holds after a person chose, undid or cleared |
| english | phrase (its number), text, source ("llm" or "glosses"), glosses, token, final: false when more may follow |
| error | error (a sentence), fatal: whether the socket is closed now |

Consent: `feedback` (in `ready`, and in /metadata before a session begins) says what this server keeps. "off": nothing.
"summaries": numbers of each sign, and what a person chose instead. "landmarks": besides, the landmarks of the signs
that a person corrects, but only of those who agree, which a client says by `consent: true` in `start`. Without it,
nobody's landmarks are kept. To agree or to withdraw later, a client connects again with the token and says so.

Vocabulary: `vocabulary` in `start` lists the glosses to choose from, the operator's choice when it is null; scores stay
the model's probabilities over all that it knows. A list with a gloss that the model does not know gets an `error` and
ends the session before it begins. When another version takes over that knows only some of the list, an `error` that is
not fatal says so, and those are the candidates; when it knows none, every sign is `none`.
"""

import math
import struct
from typing import Annotated, Any, Literal

import numpy as np
import orjson
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from bentos.contract.skeleton import COORDINATES, NUM_LANDMARKS
from bentos.errors import RefusedError
from bentos.http.bodies import FRAME_VALUES, LIMIT, refuse_placeholders
from bentos.http.schemas import Gloss

HEADER = struct.Struct("<B7xd")
KINDS: dict[int, np.dtype[Any]] = {1: np.dtype("<f2"), 2: np.dtype("<f4")}
MAX_BINARY = HEADER.size + FRAME_VALUES * 4
MAX_TEXT = 256 * 1024  # a token and a list of all glosses of a large model
MAX_TIME_MS = 2.0**53


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Start(_Message):
    """First message, optional: settings of the session, or the token of one that was lost."""

    type: Literal["start"]
    aspect: Annotated[float, Field(ge=0.1, le=10)] | None = None
    top_n: Annotated[int, Field(ge=1, le=10)] = 5
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    english: bool = True
    vocabulary: Annotated[list[Gloss], Field(min_length=1)] | None = None
    consent: bool = False  # to the landmarks of corrected signs being kept
    token: Annotated[str, Field(max_length=32 * 1024)] | None = None
    key: Annotated[str, Field(max_length=256)] | None = None


class Choose(_Message):
    """A person corrects a committed sign."""

    type: Literal["choose"]
    sign: int
    gloss: Gloss


class Simple(_Message):
    """`end`: the phrase is over, give the English now. `undo`: drop the last sign. `clear`: drop them all."""

    type: Literal["end", "undo", "clear", "ping"]


_MESSAGES: TypeAdapter[Start | Choose | Simple] = TypeAdapter(
    Annotated[Start | Choose | Simple, Field(discriminator="type")]
)


def read_text(text: str) -> Start | Choose | Simple:
    """Read a text message.

    Raises:
        RefusedError: not one of the messages; says what is wrong.
    """
    if len(text) > MAX_TEXT:
        raise RefusedError(422, f"the message has {len(text)} characters; right is at most {MAX_TEXT}")
    try:
        return _MESSAGES.validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(x) for x in first["loc"])
        raise RefusedError(422, f"message {where or 'type'}: {first['msg']}") from None


def read_frame(content: bytes) -> tuple[float, np.ndarray]:
    """Read a binary message.

    Returns:
        Time in seconds and the landmarks, (180, 3) float32, NaN = not seen.

    Raises:
        RefusedError: wrong length or kind, values that are no image fractions, or a constant for what was not seen.
    """
    kind = KINDS.get(content[0]) if content else None
    if kind is None:
        raise RefusedError(422, "the first byte of a frame must be 1 (float16) or 2 (float32)")
    wanted = HEADER.size + FRAME_VALUES * kind.itemsize
    if len(content) != wanted:
        raise RefusedError(422, f"the frame has {len(content)} bytes; right are {wanted} for {kind.name}")
    milliseconds = HEADER.unpack_from(content)[1]
    if not (math.isfinite(milliseconds) and 0 <= milliseconds <= MAX_TIME_MS):
        raise RefusedError(422, "the time of a frame must be a number of milliseconds from 0 up")
    landmarks = np.frombuffer(content, kind, offset=HEADER.size).astype(np.float32)
    if (np.abs(landmarks) > LIMIT).any():  # NaN compares false
        point = int(np.flatnonzero(np.abs(landmarks) > LIMIT)[0]) // COORDINATES
        raise RefusedError(422, f"point {point} of the frame is no image fraction: right is within ±{LIMIT:g}")
    landmarks = landmarks.reshape(NUM_LANDMARKS, COORDINATES)
    refuse_placeholders(landmarks[None])
    return milliseconds / 1e3, landmarks


def write_frame(seconds: float, landmarks: np.ndarray, dtype: str = "<f2") -> bytes:
    """A binary message as a client makes it."""
    kind = next(number for number, known in KINDS.items() if known == np.dtype(dtype))
    return HEADER.pack(kind, seconds * 1e3) + np.ascontiguousarray(landmarks, dtype).tobytes()


def event(kind: str, **fields: Any) -> str:
    """A message to the client."""
    return orjson.dumps({"type": kind, **fields}).decode()
