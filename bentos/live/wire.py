"""How messages of /live travel: landmark frames as binary messages, everything else as a JSON object of `messages`.

A frame, little-endian:

| bytes | what |
|---|---|
| 0 | 1: float16 follows, 2: float32 follows |
| 1–7 | 0 |
| 8–15 | float64: time of the frame in milliseconds, from any start, always rising |
| 16– | 180 × 3 numbers: x, y, z of each point, image fractions, unmirrored, NaN = not seen |
"""

import math
import struct
from typing import Any

import numpy as np
from pydantic import TypeAdapter, ValidationError

from bentos.contract.skeleton import COORDINATES, NUM_LANDMARKS
from bentos.errors import RefusedError
from bentos.http.clips import FRAME_VALUES, LIMIT, refuse_placeholders
from bentos.live.messages import ClientMessage, ServerEvent

HEADER = struct.Struct("<B7xd")
FORMATS: dict[int, np.dtype[Any]] = {1: np.dtype("<f2"), 2: np.dtype("<f4")}
MAX_BINARY = HEADER.size + FRAME_VALUES * 4
MAX_TEXT = 640 * 1024  # a token, a list of all glosses of a large model, and as many own signs as may be
MAX_TIME_MS = 2.0**53
_MESSAGES: TypeAdapter[ClientMessage] = TypeAdapter(ClientMessage)


def decode_message(text: str) -> ClientMessage:
    """Decode a text message.

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
        raise RefusedError(422, f"message {where or 'type'}: {first['msg'].removeprefix('Value error, ')}") from None


def decode_frame(content: bytes) -> tuple[float, np.ndarray]:
    """Decode a binary message.

    Returns:
        Time in seconds and the landmarks, (180, 3) float32, NaN = not seen.

    Raises:
        RefusedError: wrong length or format, values that are no image fractions, or a constant for what was not seen.
    """
    dtype = FORMATS.get(content[0]) if content else None
    if dtype is None:
        raise RefusedError(422, "the first byte of a frame must be 1 (float16) or 2 (float32)")
    wanted = HEADER.size + FRAME_VALUES * dtype.itemsize
    if len(content) != wanted:
        raise RefusedError(422, f"the frame has {len(content)} bytes; right are {wanted} for {dtype.name}")
    milliseconds = HEADER.unpack_from(content)[1]
    if not (math.isfinite(milliseconds) and 0 <= milliseconds <= MAX_TIME_MS):
        raise RefusedError(422, "the time of a frame must be a number of milliseconds from 0 up")
    landmarks = np.frombuffer(content, dtype, offset=HEADER.size).astype(np.float32)
    if (np.abs(landmarks) > LIMIT).any():  # NaN compares false
        point = int(np.flatnonzero(np.abs(landmarks) > LIMIT)[0]) // COORDINATES
        raise RefusedError(422, f"point {point} of the frame is no image fraction: right is within ±{LIMIT:g}")
    landmarks = landmarks.reshape(NUM_LANDMARKS, COORDINATES)
    refuse_placeholders(landmarks[None])
    return milliseconds / 1e3, landmarks


def encode_frame(seconds: float, landmarks: np.ndarray, dtype: str = "<f2") -> bytes:
    """A binary message as a client makes it, from (180, 3) landmarks and their time in seconds."""
    number = next(number for number, known in FORMATS.items() if known == np.dtype(dtype))
    return HEADER.pack(number, seconds * 1e3) + np.ascontiguousarray(landmarks, dtype).tobytes()


def encode_event(event: ServerEvent) -> str:
    """A text message to the client; what is None is left out."""
    return event.model_dump_json(exclude_none=True)
