"""What people do with their hands before a camera when they do not sign, scripted over real or drawn bodies.

Places are in the signer's own units: the origin lies between the shoulders, one unit is their width, x goes to the
picture's right, y down. So a script fits every body, and every seed gives other places, times and hands.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from bentos.contract.skeleton import KNUCKLES, LEFT_HAND, LEFT_SHOULDER, NOSE, RIGHT_HAND, RIGHT_SHOULDER, TIPS

LAP = {"left": (0.35, 1.75), "right": (-0.35, 1.75)}
FACE = (0.0, -0.62)
FINGERS = tuple(tuple(range(first, first + 4)) for first in (1, 5, 9, 13, 17))
SHOULDERS_PER_HAND = 2.2  # shoulder widths in a hand from wrist to the middle finger's tip


@dataclass
class Pose:
    """Where a hand is to be: place of its wrist, angle in radians, how far the fingers are bent, 0 to 1 each."""

    at: tuple[float, float]
    angle: float = 0.0
    curl: tuple[float, ...] = (0.3,) * 5


@dataclass
class Script:
    """Poses of both hands over time, in seconds, between which the hands move smoothly; None: out of the picture."""

    rng: np.random.Generator
    now: float = 0.0
    left: list[tuple[float, Pose]] = field(default_factory=list)
    right: list[tuple[float, Pose]] = field(default_factory=list)
    shakes: list[tuple[float, float, str, tuple[float, float], float]] = field(default_factory=list)
    drift: list[tuple[float, float]] = field(default_factory=list)  # (time, x of the body's middle)

    def some(self, low: float, high: float) -> float:
        """A number between."""
        return float(self.rng.uniform(low, high))

    def near(self, at: tuple[float, float], by: float = 0.1) -> tuple[float, float]:
        """A place near another."""
        return at[0] + self.some(-by, by), at[1] + self.some(-by, by)

    def go(
        self,
        hand: str,
        seconds: float,
        at: tuple[float, float],
        angle: float = 0.0,
        curl: tuple[float, ...] | float = 0.3,
    ):
        """Move a hand there within so many seconds from now."""
        bent = curl if isinstance(curl, tuple) else (curl,) * 5
        track = getattr(self, hand)
        if track:
            track.append((self.now, track[-1][1]))
        track.append((self.now + seconds, Pose(at, angle, bent)))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def shake(self, hand: str, seconds: float, by: tuple[float, float], hertz: float) -> None:
        """From now on, move a hand to and fro on its place."""
        self.shakes.append((self.now, self.now + seconds, hand, by, hertz))

    def home(self, *hands: str) -> None:
        """Put hands into the lap."""
        for hand in hands:
            self.go(hand, self.some(0.5, 1.0), self.near(LAP[hand], 0.08), self.some(-0.3, 0.3), 0.45)
        self.wait(self.some(0.8, 2.5))


def scratching(s: Script) -> None:
    """A hand goes to face, neck or arm and scratches there."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    places = [(0.12 * side, -0.45), (0.25 * side, -0.65), (0.3 * side, -0.15), (-0.4 * side, 0.7), (0.1 * side, -0.9)]
    place = places[int(s.rng.integers(len(places)))]
    s.go(hand, s.some(0.4, 0.9), s.near(place, 0.06), s.some(-0.6, 0.6) * side, s.some(0.3, 0.7))
    s.wait(s.some(0.6, 1.0))
    seconds = s.some(0.6, 2.5)
    s.shake(hand, seconds, (s.some(0.01, 0.06), s.some(0.02, 0.08)), s.some(3, 6))
    s.wait(seconds)
    s.home(hand)


def drinking(s: Script) -> None:
    """A cup goes to the mouth and back."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    s.go(hand, s.some(0.5, 1.0), s.near((0.5 * side, 1.4)), 0.5 * side, 0.7)
    s.wait(s.some(0.7, 1.5))
    s.go(hand, s.some(0.6, 1.1), s.near((0.2 * side, -0.3), 0.06), 0.9 * side, 0.75)
    s.wait(s.some(0.8, 1.3))
    s.go(hand, s.some(0.4, 0.9), s.near((0.2 * side, -0.4), 0.06), 1.4 * side, 0.75)
    s.wait(s.some(1.0, 2.5))
    s.go(hand, s.some(0.6, 1.0), s.near((0.5 * side, 1.4)), 0.5 * side, 0.7)
    s.wait(s.some(0.8, 1.4))
    s.home(hand)


def glasses(s: Script) -> None:
    """One hand or both push the glasses up."""
    hands = ("left", "right") if s.some(0, 1) < 0.4 else (str(s.rng.choice(["left", "right"])),)
    for hand in hands:
        side = 1 if hand == "left" else -1
        s.go(hand, s.some(0.4, 0.8), s.near((0.25 * side, -0.5), 0.06), -0.4 * side, (0.3, 0.1, 0.5, 0.7, 0.8))
    s.wait(s.some(0.6, 1.0))
    for hand in hands:
        s.shake(hand, 0.7, (0.01, s.some(0.02, 0.05)), s.some(1, 3))
    s.wait(s.some(0.5, 1.0))
    s.home(*hands)


def hair(s: Script) -> None:
    """A hand strokes the hair back."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    s.go(hand, s.some(0.5, 0.9), s.near((0.15 * side, -1.05)), 0.3 * side, s.some(0.1, 0.4))
    s.wait(s.some(0.7, 1.0))
    for _ in range(int(s.rng.integers(1, 4))):
        s.go(hand, s.some(0.3, 0.8), s.near((0.35 * side, -0.75)), -0.3 * side, 0.3)
        s.wait(s.some(0.4, 0.9))
        s.go(hand, s.some(0.3, 0.6), s.near((0.2 * side, -1.0)), 0.2 * side, 0.3)
        s.wait(s.some(0.4, 0.7))
    s.home(hand)


def typing(s: Script) -> None:
    """Both hands at a keyboard."""
    for hand in ("left", "right"):
        s.go(hand, s.some(0.4, 0.8), s.near((0.22 if hand == "left" else -0.22, 1.15), 0.08), 0.0, 0.4)
    s.wait(1.0)
    for _ in range(int(s.rng.integers(8, 40))):
        hand = str(s.rng.choice(["left", "right"]))
        bent = tuple(float(x) for x in s.rng.uniform(0.2, 0.65, 5))
        s.go(hand, 0.1, s.near((0.22 if hand == "left" else -0.22, 1.15), 0.06), s.some(-0.1, 0.1), bent)
        s.wait(s.some(0.1, 0.25))
    s.home("left", "right")


def clapping(s: Script) -> None:
    """Applause."""
    for hand in ("left", "right"):
        s.go(hand, s.some(0.4, 0.7), s.near((0.25 if hand == "left" else -0.25, 0.7), 0.05), 0.3, 0.1)
    s.wait(0.7)
    seconds, hertz, far = s.some(1.5, 5.0), s.some(2.5, 4.5), s.some(0.08, 0.2)
    s.shake("left", seconds, (far, 0.02), hertz)
    s.shake("right", seconds, (-far, 0.02), hertz)
    s.wait(seconds)
    s.home("left", "right")


def pointing(s: Script) -> None:
    """Talk with beats, and a forefinger that points at things."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    for _ in range(int(s.rng.integers(1, 4))):
        shape = (0.5, 0.0, 0.8, 0.9, 0.9) if s.some(0, 1) < 0.6 else (0.2, 0.2, 0.25, 0.3, 0.3)
        at = s.near((s.some(0.3, 1.1) * side, s.some(0.1, 0.8)))
        s.go(hand, s.some(0.3, 0.7), at, s.some(-0.8, 1.2) * side, shape)
        s.wait(s.some(0.5, 0.9))
        seconds = s.some(0.4, 1.6)
        s.shake(hand, seconds, (s.some(0, 0.08), s.some(0.03, 0.12)), s.some(1, 2.5))
        s.wait(seconds)
    s.home(hand)


def phone(s: Script) -> None:
    """A phone is raised before the face or to the ear; a thumb scrolls."""
    hand = str(s.rng.choice(["left", "right"]))
    side = 1 if hand == "left" else -1
    ear = s.some(0, 1) < 0.5
    place = (0.4 * side, -0.35) if ear else (0.3 * side, 0.3)
    s.go(hand, s.some(0.5, 1.0), s.near(place, 0.08), (0.2 if ear else -0.2) * side, (0.4, 0.5, 0.55, 0.6, 0.6))
    s.wait(s.some(1.0, 1.5))
    for _ in range(int(s.rng.integers(2, 8))):
        s.go(hand, 0.15, s.near(place, 0.04), 0.1 * side, (s.some(0.2, 0.7), 0.5, 0.55, 0.6, 0.6))
        s.wait(s.some(0.3, 1.0))
    s.home(hand)


def walking(s: Script) -> None:
    """Somebody walks through the picture with swinging arms."""
    begin, seconds, way = s.now, s.some(1.5, 3.5), int(s.rng.choice([-1, 1]))
    hertz = s.some(0.8, 1.2)
    for hand in ("left", "right"):
        side = 1 if hand == "left" else -1
        s.go(hand, 0.2, s.near((0.55 * side, 1.35), 0.05), 2.8 * side, 0.4)
        s.shake(hand, seconds, (0.25 * side, 0.05), hertz)
    s.drift += [(begin, 0.0), (begin + seconds, 4.0 * way), (begin + seconds + 0.01, -4.0 * way)]
    s.drift += [(begin + seconds + 1.0, -4.0 * way), (begin + 2 * seconds + 1.0, 0.0)]
    s.wait(2 * seconds + 1.0)
    s.home("left", "right")


def fidgeting(s: Script) -> None:
    """Hands sway and rub in the lap or before the belly."""
    low = s.some(0.9, 1.75)
    for hand in ("left", "right"):
        s.go(hand, s.some(0.4, 0.8), s.near((0.15 if hand == "left" else -0.15, low), 0.06), s.some(-0.3, 0.3), 0.5)
    s.wait(0.8)
    for _ in range(int(s.rng.integers(2, 9))):
        for hand in ("left", "right"):
            bent = tuple(float(x) for x in s.rng.uniform(0.3, 0.7, 5))
            s.go(hand, s.some(0.3, 0.6), s.near((0.12 if hand == "left" else -0.12, low), 0.1), s.some(-0.3, 0.3), bent)
        s.wait(s.some(0.4, 0.8))
    s.home("left", "right")


KINDS: dict[str, Callable[[Script], None]] = {
    play.__name__: play
    for play in (scratching, drinking, glasses, hair, typing, clapping, pointing, phone, walking, fidgeting)
}
HELD_OUT = ("glasses", "clapping", "phone")  # kinds that nothing is fitted on


def stream(
    kind: str, body: np.ndarray, aspect: float, fps: float, seconds: float, seed: int
) -> Iterator[tuple[float, np.ndarray]]:
    """Frames of somebody who does that again and again.

    Args:
        kind: one of KINDS.
        body: (frames, 180, 3) of a real clip, which lends its shoulders, face and hands.
        aspect: width / height of its picture.
        fps: frames a second.
        seconds: how long.
        seed: for another run of the same.

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
    hands = {"left": _hand(body, LEFT_HAND, aspect, rng), "right": _hand(body, RIGHT_HAND, aspect, rng)}
    for i in range(round(seconds * fps)):
        now = i / fps
        frame = still.copy()
        moved = np.interp(now, *zip(*script.drift, strict=True)) if script.drift else 0.0
        frame[42:, 0] += moved * width / aspect
        for hand, rows in (("left", LEFT_HAND), ("right", RIGHT_HAND)):
            points = _placed(script, hand, now, hands[hand])
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
    for finger, bend in zip(FINGERS, curl, strict=True):
        for joint, share in zip(finger, (0.0, 0.35, 0.75, 1.0), strict=True):
            points[joint] += (palm - points[joint]) * bend * share
    return points


def _hand(body: np.ndarray, rows: slice, aspect: float, rng: np.random.Generator) -> np.ndarray:
    """The person's own hand at one moment, wrist at the origin, (21, 3) in shoulder widths, fingers up."""
    seen = np.flatnonzero(~np.isnan(body[:, :42, 0]).all(axis=1))
    side = [r for r in (rows, LEFT_HAND, RIGHT_HAND) if (~np.isnan(body[:, r.start, 0])).any()]
    if not len(seen) or not side:
        shape = np.vstack([np.zeros((1, 3)), rng.normal((0, -0.3, 0), 0.05, (20, 3))])
    else:
        frames = body[~np.isnan(body[:, side[0].start, 0])][:, side[0]].astype(np.float64)
        shape = frames[int(rng.integers(len(frames)))].copy()
        shape -= shape[:1]
        shape[:, 0] *= aspect
        if side[0] != rows:
            shape[:, 0] *= -1
    up = np.arctan2(shape[9, 0], -shape[9, 1])
    turn = np.array([[np.cos(-up), -np.sin(-up)], [np.sin(-up), np.cos(-up)]])
    shape[:, :2] = shape[:, :2] @ turn.T
    long = np.linalg.norm(shape[list(TIPS), :2], axis=1).max()
    return shape / max(long, 1e-6) / SHOULDERS_PER_HAND


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
