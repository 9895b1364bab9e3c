"""Clips of the drawn sample: one gloss by one signer, as frames and as a video file."""

import os
import tempfile
import zlib
from pathlib import Path

import cv2
import numpy as np

from stages.corpus.drawn.drawing import Canvas, shade
from stages.corpus.drawn.figure import draw
from stages.corpus.drawn.lexicon import LEXICON, REST, motion
from stages.corpus.drawn.signer import CAST, Room, Signer

SECONDS = 1.0  # length of a clip at tempo 1
RISE, FALL = 0.16, 0.10  # shares of a clip in which the hands come up and go down
SWAY = np.array([0.5, 0.25])  # of the body, centimetres
SWAY_RATE = np.array([0.6, 0.9])  # turns a clip
START = 0.62  # a clip is trimmed: it starts when the hands are this far up


def render_clip(gloss: str, signer: Signer | int, seed: int = 0) -> tuple[np.ndarray, float]:
    """Draw one clip.

    Args:
        gloss: a word of `stages.corpus.drawn.lexicon.LEXICON`.
        signer: a signer, or the number of one of `stages.corpus.drawn.signer.CAST`.
        seed: decides tempo, amplitude, place, sway, light and noise of this take.

    Returns:
        frames (frames, height, width, 3) uint8 BGR, unmirrored, and the frame rate per second.

    Raises:
        ValueError: the gloss or the signer is not known.
    """
    if gloss not in LEXICON:
        raise ValueError(f"no script for {gloss!r}; there are {', '.join(LEXICON)}")
    if not isinstance(signer, Signer):
        known = {person.signer_id: person for person in CAST}
        if signer not in known:
            raise ValueError(f"no signer {signer}; there are {sorted(known)}")
        signer = known[signer]
    rng = np.random.default_rng([seed, signer.signer_id, zlib.crc32(gloss.encode())])
    lead, other = _movement(gloss, signer, rng)
    room = signer.room
    background, light = _background(room, rng)
    frames = np.empty((len(lead), room.height, room.width, 3), np.uint8)
    scale = signer.size * room.height / 100.0 * rng.uniform(0.97, 1.03)
    neck = np.array([room.width, room.height]) * (np.array(signer.offset) + rng.normal(0, (0.012, 0.008)))
    sway = rng.uniform(0, 2 * np.pi, 3)
    blink_at = rng.uniform(-0.5, 1.0)
    for i, moment in enumerate(np.linspace(0, 1, len(lead))):
        frames[i] = background
        drift = np.sin(sway[:2] + 2 * np.pi * moment * SWAY_RATE) * SWAY * scale
        mouth = 0.3 + 0.3 * np.sin(sway[2] + 9 * moment)
        blink = max(0.0, 1.0 - abs(moment - blink_at) * 14)
        draw(Canvas(frames[i], neck + drift, scale), signer, lead[i], other[i], mouth, blink)
    return _camera(frames, light, room.noise, rng), float(room.fps)


def write_video(frames: np.ndarray, fps: float, path: str | Path) -> None:
    """Write frames (frames, height, width, 3) uint8 BGR as an MPEG-4 video.

    Raises:
        OSError: the video cannot be written.
    """
    height, width = frames.shape[1:3]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), fps, (width, height))
    if not writer.isOpened():
        raise OSError(f"cannot write a video to {path}")
    for frame in frames:
        writer.write(frame)
    writer.release()


def encode_clip(gloss: str, signer: Signer | int, seed: int = 0) -> tuple[bytes, dict]:
    """Draw one clip and encode it.

    Returns:
        the bytes of the MPEG-4 file, and its properties: frames, fps, width, height.

    Raises:
        OSError: the file for temporary data cannot be written, or not whole.
    """
    frames, fps = render_clip(gloss, signer, seed)
    handle, name = tempfile.mkstemp(suffix=".mp4")
    os.close(handle)
    path = Path(name)
    try:
        write_video(frames, fps, path)
        if (held := int(cv2.VideoCapture(str(path)).get(cv2.CAP_PROP_FRAME_COUNT))) != len(frames):
            raise OSError(f"only {held} of {len(frames)} frames could be written to {path.parent}: is the disk full?")
        data = path.read_bytes()
    finally:
        path.unlink(missing_ok=True)
    return data, {"frames": len(frames), "fps": fps, "width": frames.shape[2], "height": frames.shape[1]}


def _movement(gloss: str, signer: Signer, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """States of the two hands, (frames, 12) each: up from rest, the sign, and half-way down again."""
    script = LEXICON[gloss]
    length = SECONDS / signer.tempo * rng.uniform(0.92, 1.08)
    clock = np.linspace(0, 1, max(8, round(length * signer.room.fps)))
    rest = REST.vector()
    hands = []
    amplitude = signer.amplitude * rng.uniform(0.94, 1.06)
    for keys in (script.lead, script.other):
        if not keys:
            hands.append(np.tile(rest, (len(clock), 1)))
            continue
        states = motion(keys, (clock - RISE) / (1 - RISE - FALL))
        middle = states[:, :2].mean(axis=0)
        states[:, :2] = middle + (states[:, :2] - middle) * amplitude + rng.normal(0, 0.7, 2)
        states[:, 2:5] += rng.normal(0, 3.0, 3)
        raised = np.minimum(START + (1 - START) * clock / RISE, 1 - (1 - START) * (clock - 1 + FALL) / FALL).clip(0, 1)
        eased = (0.5 - 0.5 * np.cos(np.pi * raised))[:, None]
        states[:, :2] = rest[:2] * (1 - eased) + states[:, :2] * eased
        hands.append(states)
    return hands[0], hands[1]


def _background(room: Room, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """An empty room (height, width, 3) uint8, and its light (height, width, 1) as factors."""
    image = np.empty((room.height, room.width, 3), np.uint8)
    image[:] = shade(room.wall, rng.uniform(0.92, 1.06))
    if room.pattern == "boards":
        step = room.width // 12
        for x in range(int(rng.integers(step)), room.width, step):
            cv2.line(image, (x, 0), (x, room.height), shade(room.wall, 0.86), 2, cv2.LINE_AA)
    elif room.pattern == "shelf":
        for y in (room.height // 5, room.height // 2):
            cv2.rectangle(image, (0, y), (room.width, y + 6), shade(room.wall, 0.6), -1)
            for x in range(0, room.width, 14):
                top = y - int(rng.integers(24, 48))
                colour = tuple(float(c) for c in rng.integers(60, 170, 3))
                cv2.rectangle(image, (x, top), (x + 11, y), colour, -1)
    image = cv2.GaussianBlur(image, (0, 0), 2.0).astype(np.uint8)
    across = np.linspace(-1, 1, room.width)[None, :]
    down = np.linspace(-1, 1, room.height)[:, None]
    light = 1.0 + rng.uniform(-0.08, 0.08) * across + rng.uniform(-0.06, 0.02) * down - 0.08 * (across**2 + down**2) / 2
    return image, light[..., None].astype(np.float32)


def _camera(frames: np.ndarray, light: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    """What a camera makes of the scene: light, a slight blur and noise, in place."""
    height, width = frames.shape[1:3]
    grain = rng.normal(0, noise, (height + 32, width + 32, 3)).astype(np.float32)
    factors = np.repeat(light, 3, axis=2)
    for frame in frames:
        top, left = rng.integers(32, size=2)
        lit = cv2.GaussianBlur(frame, (3, 3), 0.7).astype(np.float32) * factors
        lit += grain[top : top + height, left : left + width]
        np.clip(lit, 0, 255, out=lit)
        frame[:] = lit.round()
    return frames
