"""Where hands go and when, in a signer's own units.

The origin lies between the shoulders, one unit is their width, x goes to the picture's right, y down: so a script fits
every body.
"""

from dataclasses import dataclass, field

import numpy as np

LAP = {"left": (0.35, 1.75), "right": (-0.35, 1.75)}


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
