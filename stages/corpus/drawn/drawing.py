"""Painting with shaded shapes: what the drawn signer is made of.

A canvas measures in centimetres from the signer's neck (x to the right, y up) and paints into a uint8 BGR picture
with sub-pixel edges.
"""

import math

import cv2
import numpy as np
from numpy.typing import ArrayLike

SHIFT = 4  # OpenCV's fixed-point bits: coordinates are passed in sixteenths of a pixel
LIGHT = np.array([-0.35, 0.35])  # where the light comes from, in radii


def shade(colour: tuple[float, ...], factor: float) -> tuple[float, float, float]:
    """A colour made darker (factor below 1) or lighter (above 1); OpenCV holds it within what a pixel can be."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


class Canvas:
    """A picture to paint on.

    Args:
        image: (height, width, 3) uint8 BGR, painted in place.
        origin: the neck in pixels.
        scale: pixels a centimetre.
    """

    def __init__(self, image: np.ndarray, origin: tuple[float, float], scale: float):
        self.image = image
        self.origin = np.asarray(origin, dtype=float)
        self.scale = scale

    def pixels(self, points: ArrayLike) -> np.ndarray:
        """Centimetres (..., 2) to fixed-point pixels (..., 2) int32."""
        flat = np.asarray(points, dtype=float)[..., :2] * (1.0, -1.0)
        return np.round((self.origin + flat * self.scale) * (1 << SHIFT)).astype(np.int32)

    def polygon(self, points: ArrayLike, colour: tuple[float, ...]) -> None:
        """Fill a polygon (n, 2)."""
        cv2.fillPoly(self.image, [self.pixels(points)], colour, cv2.LINE_AA, SHIFT)

    def line(self, points: ArrayLike, colour: tuple[float, ...], width: float) -> None:
        """Draw a polyline (n, 2) of a width in centimetres."""
        thickness = max(1, round(width * self.scale))
        cv2.polylines(self.image, [self.pixels(points)], False, colour, thickness, cv2.LINE_AA, SHIFT)

    def disc(self, centre: ArrayLike, radius: float, colour: tuple[float, ...]) -> None:
        """Fill a circle."""
        size = round(radius * self.scale * (1 << SHIFT))
        cv2.circle(self.image, self.pixels(centre).tolist(), size, colour, -1, cv2.LINE_AA, SHIFT)

    def ellipse(self, centre: ArrayLike, radii: ArrayLike, colour: tuple[float, ...]) -> None:
        """Fill an upright ellipse."""
        axes = np.round(np.asarray(radii) * self.scale * (1 << SHIFT)).astype(int).tolist()
        place = self.pixels(np.asarray(centre)).tolist()
        cv2.ellipse(self.image, place, axes, 0, 0, 360, colour, -1, cv2.LINE_AA, SHIFT)

    def ball(self, centre: ArrayLike, radii: tuple[float, float], colour: tuple[float, ...], steps: int = 8) -> None:
        """Fill an ellipse that is shaded towards its edge."""
        for step in range(steps):
            share = step / steps
            middle = np.asarray(centre) + LIGHT * np.asarray(radii) * share * 0.6
            self.ellipse(middle, np.asarray(radii) * (1 - 0.8 * share), shade(colour, 0.80 + 0.24 * share))

    def capsule(self, start: ArrayLike, end: ArrayLike, radii: tuple[float, float], colour: tuple[float, ...]) -> None:
        """Paint a tapered tube from one point to another, darker at its edges."""
        start, end = np.asarray(start, dtype=float)[:2], np.asarray(end, dtype=float)[:2]
        for size, factor, towards in ((1.0, 0.66, 0.0), (0.84, 0.88, 0.12), (0.62, 0.97, 0.25), (0.36, 1.05, 0.4)):
            lift = LIGHT * min(radii) * towards
            self.tube(start + lift, end + lift, (radii[0] * size, radii[1] * size), shade(colour, factor))

    def tube(self, start: np.ndarray, end: np.ndarray, radii: tuple[float, float], colour: tuple[float, ...]) -> None:
        """Fill a tapered tube with one colour."""
        unit = self.scale * (1 << SHIFT)
        left, top = self.origin * (1 << SHIFT)
        x0, y0, x1, y1 = left + start[0] * unit, top - start[1] * unit, left + end[0] * unit, top - end[1] * unit
        r0, r1 = radii[0] * unit, radii[1] * unit
        length = math.hypot(x1 - x0, y1 - y0)
        if length > 1:
            nx, ny = (y0 - y1) / length, (x1 - x0) / length
            sides = [(x0 + nx * r0, y0 + ny * r0), (x1 + nx * r1, y1 + ny * r1)]
            sides += [(x1 - nx * r1, y1 - ny * r1), (x0 - nx * r0, y0 - ny * r0)]
            cv2.fillConvexPoly(self.image, np.array(sides).round().astype(np.int32), colour, cv2.LINE_AA, SHIFT)
        for x, y, radius in ((x0, y0, r0), (x1, y1, r1)):
            cv2.circle(self.image, (round(x), round(y)), round(radius), colour, -1, cv2.LINE_AA, SHIFT)
