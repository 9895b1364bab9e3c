"""The drawn signer: torso, arms, hands and a face, painted onto a canvas for one frame."""

from itertools import pairwise

import numpy as np

from stages.corpus.drawn.drawing import Canvas, shade
from stages.corpus.drawn.hand import joints
from stages.corpus.drawn.signer import Signer

UPPER_ARM, FOREARM = 29.0, 25.0  # centimetres
SHOULDER = np.array([17.0, -4.0])  # half the width, and how far below the pit of the neck
HEAD = np.array([0.0, 17.0])
HAND_SIZE = 1.08  # a little larger than life, as cartoons have it
OUTLINE = 0.35  # centimetres of dark edge that set a hand off from the face behind it
FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
TIPS = (4, 8, 12, 16, 20)
FINGER_RADII = (1.15, 1.02, 1.04, 1.0, 0.88)


def draw(canvas: Canvas, signer: Signer, lead: np.ndarray, other: np.ndarray, mouth: float, blink: float) -> None:
    """Paint the signer.

    Args:
        canvas: where to paint; its origin is the pit of the neck.
        signer: who.
        lead: (12,) state of the leading hand, as `stages.corpus.drawn.lexicon.Key.vector` orders it.
        other: (12,) state of the other hand.
        mouth: how far the mouth is open, 0 to 1.
        blink: how far the eyes are shut, 0 to 1.
    """
    _torso(canvas, signer)
    _head(canvas, signer, mouth, blink)
    lead_side = 1.0 if signer.left_handed else -1.0  # the picture is unmirrored: the right hand is on its left
    for state, side in ((other, -lead_side), (lead, lead_side)):
        _arm(canvas, signer, state, side)


def elbow(shoulder: np.ndarray, wrist: np.ndarray, side: float) -> np.ndarray:
    """Where the elbow is seen, (2,) cm: bones that do not fit between the two points lean out of the picture."""
    reach = wrist - shoulder
    distance = max(float(np.hypot(*reach)), 1.0)
    whole = UPPER_ARM + FOREARM
    seen = min(1.0, (distance + 0.42 * max(whole - distance, 0.0)) / whole)
    upper, lower = UPPER_ARM * seen, FOREARM * seen
    along = np.clip((distance**2 + upper**2 - lower**2) / (2 * distance), -upper, upper)
    across = np.sqrt(max(upper**2 - along**2, 0.0))
    unit = reach / distance
    normal = np.array([-unit[1], unit[0]])
    choices = [shoulder + unit * along + normal * across, shoulder + unit * along - normal * across]
    return max(choices, key=lambda point: side * point[0] - 1.2 * point[1])


def _torso(canvas: Canvas, signer: Signer) -> None:
    """Shirt with sloping shoulders and a collar, and the neck."""
    wide = signer.build
    outline = [(5, 3), (11, 0), (18.5, -3), (21, -8), (19, -24), (17, -60)]
    half = np.array(outline, dtype=float) * (wide, 1.0)
    mirrored = half[::-1] * (-1.0, 1.0)
    for share in np.linspace(0.0, 1.0, 6):
        narrow = np.vstack([half, mirrored]) * (1 - 0.5 * share, 1.0) + (-2.0 * share, -1.5 * share)
        canvas.polygon(narrow, shade(signer.shirt, 0.80 + 0.28 * share))
    canvas.capsule((0, -1), (0, 10), (5.4, 5.0), shade(signer.skin, 0.86))
    canvas.polygon(np.array([(-5.2, 2), (5.2, 2), (0, -7)]), shade(signer.skin, 0.92))
    canvas.line(np.array([(-5.4, 2.6), (0, -7.4), (5.4, 2.6)]), shade(signer.shirt, 0.6), 0.8)


def _head(canvas: Canvas, signer: Signer, mouth: float, blink: float) -> None:
    """Hair, ears, face and its features, sizes after an adult's mean face."""
    x, y = HEAD
    if signer.hair_style == "long":
        canvas.ball((x, y + 3.5), (9.9, 10.0), signer.hair)
        canvas.capsule((x - 8.2, y), (x - 8.6, y - 15), (2.6, 2.2), signer.hair)
        canvas.capsule((x + 8.2, y), (x + 8.6, y - 15), (2.6, 2.2), signer.hair)
    elif signer.hair_style == "short":
        canvas.ball((x, y + 3.5), (8.9, 9.8), signer.hair)
    for side in (-1, 1):
        canvas.ball((x + side * 7.9, y - 0.5), (1.5, 2.6), shade(signer.skin, 0.9), 4)
    canvas.ball((x, y), (7.7, 10.6), signer.skin, 14)
    if signer.hair_style != "bald":
        turn = np.linspace(0.12 * np.pi, 0.88 * np.pi, 24)
        rim = np.stack([x + 8.2 * np.cos(turn), y + 11.2 * np.sin(turn)], axis=1)
        fringe = np.stack([x + 6.6 * np.cos(turn[::-1]), y + 6.2 + 1.6 * np.sin(turn[::-1])], axis=1)
        canvas.polygon(np.vstack([rim, fringe]), signer.hair)
    for side in (-1, 1):
        _eye(canvas, signer, np.array([x + side * 3.15, y + 1.0]), side, blink)
    _nose_and_mouth(canvas, signer, x, y, mouth)


def _eye(canvas: Canvas, signer: Signer, centre: np.ndarray, side: int, blink: float) -> None:
    """Socket, white, iris, lids and brow."""
    skin = signer.skin
    canvas.ellipse(centre, (2.0, 1.25), shade(skin, 0.82))
    opening = max(0.12, 0.78 * (1.0 - blink))
    canvas.ellipse(centre, (1.55, opening), (238, 240, 240))
    if blink < 0.6:
        canvas.disc(centre, 0.72, (46, 66, 88))
        canvas.disc(centre, 0.36, (18, 16, 16))
        canvas.disc(centre + np.array([-0.22, 0.22]), 0.14, (250, 250, 250))
    lid = np.array([(-1.7, -0.05), (-0.9, opening * 0.95), (0.2, opening * 1.12), (1.1, opening * 0.8), (1.7, 0.0)])
    canvas.line(centre + lid * (side, 1), (30, 28, 34), 0.3)
    under = np.array([(-1.4, -0.25), (0.0, -opening * 1.05), (1.4, -0.2)])
    canvas.line(centre + under, shade(skin, 0.62), 0.16)
    brow = np.array([(-1.9, 1.9), (-0.6, 2.5), (1.0, 2.5), (2.2, 1.8)])
    hair = shade(signer.hair, 0.8) if signer.hair_style != "bald" else (34, 34, 38)
    canvas.line(centre + brow * (side, 1), hair, 0.6)
    if signer.glasses:
        turn = np.linspace(0, 2 * np.pi, 25)
        canvas.line(centre + np.stack([2.5 * np.cos(turn), 1.9 * np.sin(turn) - 0.1], axis=1), (40, 36, 36), 0.25)
        canvas.line(centre + np.array([(-side * 2.5, 0.3), (-side * 3.2, 0.4)]), (40, 36, 36), 0.25)


def _nose_and_mouth(canvas: Canvas, signer: Signer, x: float, y: float, mouth: float) -> None:
    """Bridge, tip, nostrils, and two lips that part."""
    skin = signer.skin
    canvas.line(np.array([(x + 0.75, y + 1.2), (x + 0.9, y - 1.2), (x + 1.35, y - 2.4)]), shade(skin, 0.82), 0.45)
    canvas.line(np.array([(x - 0.5, y + 1.4), (x - 0.4, y - 1.8)]), shade(skin, 1.1), 0.6)
    canvas.ball((x, y - 2.2), (1.25, 1.0), shade(skin, 1.02), 5)
    for side in (-1, 1):
        canvas.ball((x + side * 1.25, y - 2.55), (0.62, 0.6), shade(skin, 0.92), 3)
        canvas.ellipse((x + side * 0.62, y - 3.0), (0.4, 0.22), shade(skin, 0.42))
    gap = 0.12 + 0.9 * mouth
    lips = tuple(0.55 * c + 0.45 * r for c, r in zip(skin, (70, 60, 150), strict=True))
    upper = [(-2.5, 0), (-1.2, 0.55), (-0.35, 0.75), (0, 0.6), (0.35, 0.75), (1.2, 0.55), (2.5, 0)]
    lower = [(2.5, 0), (1.3, -0.75), (0, -1.0), (-1.3, -0.75)]
    place = np.array([x, y - 5.4])
    canvas.polygon(place + np.array(upper) * (1, 1) + (0, gap / 2), shade(lips, 0.85))
    canvas.polygon(place + np.array(lower) - (0, gap / 2), shade(lips, 0.98))
    canvas.ellipse(place, (2.3, gap / 2 + 0.08), (36, 30, 60))
    canvas.line(np.array([(x - 1.4, y - 7.2), (x, y - 7.5), (x + 1.4, y - 7.2)]), shade(skin, 0.84), 0.35)


def _arm(canvas: Canvas, signer: Signer, state: np.ndarray, side: float) -> None:
    """Sleeve, forearm and hand; `side` is -1 on the picture's left and 1 on its right."""
    shoulder = SHOULDER * (side * signer.build, 1.0)
    wrist = np.array([side * state[0], state[1]])
    bend = elbow(shoulder, wrist, side)
    canvas.capsule(shoulder, bend, (5.2 * signer.build, 4.1), signer.shirt)
    canvas.capsule(bend, wrist, (3.8, 2.6), signer.shirt if signer.sleeves else signer.skin)
    points = joints(state[5:], state[2], state[3], state[4]) * HAND_SIZE
    points[:, 0] *= -side  # a right hand's thumb is on the picture's right when its palm shows
    points[:, :2] += wrist
    _hand(canvas, points, signer.skin)


def _hand(canvas: Canvas, points: np.ndarray, skin: tuple[int, int, int]) -> None:
    """Palm and five fingers of three bones, the far ones first, so that near ones cover them."""
    palm = points[[0, 1, 5, 9, 13, 17]]
    bones = [
        (start, end, radius)
        for finger, radius in zip(FINGERS, FINGER_RADII, strict=True)
        for start, end in pairwise(finger)
    ]
    outline = shade(skin, 0.5)
    for corner in palm[1:]:
        canvas.tube(palm[0][:2], corner[:2], (2.3 + OUTLINE, 1.25 + OUTLINE), outline)
    for start, end, radius in bones:
        canvas.tube(points[start][:2], points[end][:2], (radius + OUTLINE, radius + OUTLINE), outline)
    layers: list[tuple[float, tuple[int, int, float] | None]] = [(float(palm[:, 2].mean()), None)]
    layers += [(float(points[list(bone[:2]), 2].mean()), bone) for bone in bones]
    for depth, bone in sorted(layers, key=lambda layer: layer[0]):
        tone = shade(skin, float(np.clip(0.98 + 0.022 * depth, 0.84, 1.1)))
        if bone is None:
            _palm(canvas, palm, tone)
        else:
            start, end, radius = bone
            canvas.capsule(points[start], points[end], (radius, radius * (0.88 if end in TIPS else 0.95)), tone)


def _palm(canvas: Canvas, corners: np.ndarray, tone: tuple[float, float, float]) -> None:
    """The palm: tubes from the wrist to the knuckles around a filled middle."""
    for size, factor in ((1.0, 0.74), (0.8, 0.96), (0.55, 1.02)):
        colour = shade(tone, factor)
        for corner in corners[1:]:
            canvas.tube(corners[0][:2], corner[:2], (2.3 * size, 1.25 * size), colour)
        canvas.polygon(corners[:, :2], colour)
