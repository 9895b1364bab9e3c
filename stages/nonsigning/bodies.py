"""Plays a script with the shoulders, face and hands of somebody in a clip."""

from collections.abc import Iterator

import numpy as np

from bentos.contract.skeleton import KNUCKLES, LEFT_HAND, LEFT_SHOULDER, NOSE, RIGHT_HAND, RIGHT_SHOULDER, TIPS
from stages.nonsigning.kinds import KINDS
from stages.nonsigning.script import LAP, Pose, Script

BEND = (0.0, 0.35, 0.75, 1.0)  # share of a finger's bend that each of its joints has, from the palm outwards
SHOULDERS_PER_HAND = 2.2  # shoulder widths in a hand from wrist to the middle finger's tip
RATE = 25  # shapes of a hand a second


def stream(
    kind: str, body: np.ndarray, aspect: float, fps: float, seconds: float, seed: int, lively: bool = False
) -> Iterator[tuple[float, np.ndarray]]:
    """Frames of somebody who does that again and again.

    Args:
        kind: one of KINDS.
        body: (frames, 180, 3) of a real clip, which lends its shoulders, face and hands.
        aspect: width / height of its picture.
        fps: frames a second.
        seconds: how long.
        seed: for another run of the same.
        lively: whether fingers move under the script as they did in the clip; else they keep one shape.

    Yields:
        Time in seconds and (180, 3) float32 landmarks.
    """
    rng = np.random.default_rng([seed, list(KINDS).index(kind)])
    script = Script(rng)
    script.left.append((0.0, Pose(script.near(LAP["left"], 0.1), 0.0, (0.45,) * 5)))
    script.right.append((0.0, Pose(script.near(LAP["right"], 0.1), 0.0, (0.45,) * 5)))
    script.wait(script.some(0.3, 1.5))
    while script.now < seconds:
        KINDS[kind](script)
        script.wait(script.some(0.2, 2.0))
    still, middle, width = _still(body, aspect)
    hands = {"left": _hands(body, LEFT_HAND, aspect, rng), "right": _hands(body, RIGHT_HAND, aspect, rng)}
    for i in range(round(seconds * fps)):
        now = i / fps
        frame = still.copy()
        moved = np.interp(now, [t for t, _ in script.drift], [x for _, x in script.drift]) if script.drift else 0.0
        frame[42:, 0] += moved * width / aspect
        for hand, rows in (("left", LEFT_HAND), ("right", RIGHT_HAND)):
            shapes = hands[hand]
            turn = int(now * RATE) % (2 * len(shapes)) if lively else 0  # to and fro
            points = _placed(script, hand, now, shapes[min(turn, 2 * len(shapes) - 1 - turn)])
            points[:, 0] = (middle[0] + (points[:, 0] + moved) * width) / aspect
            points[:, 1] = middle[1] + points[:, 1] * width
            inside = 0 <= points[0, 0] <= 1 and points[0, 1] <= 1.05
            frame[rows] = points if inside else np.nan
        frame[:42] += rng.normal(0, 0.0015, (42, 3))
        yield now, frame.astype(np.float32)


def _placed(script: Script, hand: str, now: float, shape: np.ndarray) -> np.ndarray:
    """The hand's points, (21, 3), in the signer's units."""
    track = getattr(script, hand)
    later = next((i for i, (t, _) in enumerate(track) if t > now), len(track) - 1)
    (t0, a), (t1, b) = track[max(later - 1, 0)], track[later]
    w = min(max((now - t0) / max(t1 - t0, 1e-6), 0.0), 1.0)
    w = w * w * w * (10 - 15 * w + 6 * w * w)  # minimum jerk (Flash and Hogan, 1985)
    at = np.array(a.at) * (1 - w) + np.array(b.at) * w
    for start, end, which, by, hertz in script.shakes:
        if which == hand and start <= now < end:
            at = at + np.array(by) * np.sin(2 * np.pi * hertz * (now - start))
    angle = a.angle * (1 - w) + b.angle * w
    points = _bent(shape, np.array(a.curl) * (1 - w) + np.array(b.curl) * w)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points[:, :2] = points[:, :2] @ turn.T + at
    return points


def _bent(shape: np.ndarray, curl: np.ndarray) -> np.ndarray:
    """A hand with its fingers bent towards the palm."""
    points = shape.copy()
    palm = shape[list(KNUCKLES)].mean(axis=0) * 0.7
    points[1:] += (palm - points[1:]) * np.repeat(curl, len(BEND))[:, None] * np.tile(BEND, len(curl))[:, None]
    return points


def _hands(body: np.ndarray, rows: slice, aspect: float, rng: np.random.Generator) -> np.ndarray:
    """The person's own hand from some moment on, wrist at the origin, (n, 21, 3) in shoulder widths, fingers up."""
    side = next((r for r in (rows, LEFT_HAND, RIGHT_HAND) if (~np.isnan(body[:, r.start, 0])).any()), None)
    if side is None:
        shapes = np.vstack([np.zeros((1, 3)), rng.normal((0, -0.3, 0), 0.05, (20, 3))])[None]
    else:
        seen = body[~np.isnan(body[:, side.start, 0])][:, side].astype(np.float64)
        shapes = np.roll(seen, -int(rng.integers(len(seen))), axis=0)
        shapes -= shapes[:, :1]
        shapes[..., 0] *= aspect
        if side != rows:
            shapes[..., 0] *= -1
    up = -np.arctan2(shapes[0, 9, 0], -shapes[0, 9, 1])
    turn = np.array([[np.cos(up), -np.sin(up)], [np.sin(up), np.cos(up)]])
    shapes[..., :2] = shapes[..., :2] @ turn.T
    long = np.linalg.norm(shapes[0, list(TIPS), :2], axis=1).max()
    return shapes / max(long, 1e-6) / SHOULDERS_PER_HAND


def _still(body: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray, float]:
    """A frame of the body without hands, the middle between its shoulders, and their width, in picture heights."""
    known = np.flatnonzero(~np.isnan(body[:, [LEFT_SHOULDER, RIGHT_SHOULDER], 0]).any(axis=1))
    frame = np.full((180, 3), np.nan, np.float32) if not len(known) else np.array(body[known[0]], np.float32)
    frame[:42] = np.nan
    if not len(known):
        return frame, np.array([0.5 * aspect, 0.45]), 0.33
    ends = frame[[LEFT_SHOULDER, RIGHT_SHOULDER], :2] * [aspect, 1.0]
    if np.isnan(frame[NOSE, 0]):
        frame[48:] = np.nan
    return frame, ends.mean(axis=0), max(float(np.linalg.norm(ends[0] - ends[1])), 0.1)
