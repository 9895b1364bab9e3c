"""What is signed in the drawn sample: everyday words as scripts of hand shape and movement.

The scripts borrow from the look of American Sign Language but are no ASL: they are there to try the machine.
Positions are of the wrist, centimetres from the pit of the neck, written for a right-handed signer: `side` grows
outwards on the hand's own side, `up` grows upwards. A left-handed signer mirrors the whole script.
"""

from dataclasses import dataclass

import numpy as np

from stages.corpus.drawn.hand import HandShape

FLAT = HandShape((0.15, 0.0, 0.0, 0.0, 0.0), 0.1, 0.1)
FIVE = HandShape((0.0, 0.0, 0.0, 0.0, 0.0), 1.0, 1.0)
FIST = HandShape((0.9, 1.0, 1.0, 1.0, 1.0), 0.0, 0.3)
INDEX = HandShape((0.9, 0.0, 1.0, 1.0, 1.0), 0.1, 0.2)
VEE = HandShape((0.9, 0.0, 0.0, 1.0, 1.0), 1.0, 0.2)
CUP = HandShape((0.2, 0.42, 0.42, 0.42, 0.42), 0.1, 0.9)
CLAW = HandShape((0.2, 0.38, 0.38, 0.38, 0.38), 1.0, 0.9)
WYE = HandShape((0.0, 1.0, 1.0, 1.0, 0.0), 0.9, 1.0)
ELL = HandShape((0.0, 0.0, 1.0, 1.0, 1.0), 0.2, 1.0)


@dataclass(frozen=True)
class Key:
    """Where a hand is at one moment of a sign.

    Attributes:
        at: moment, 0 = the sign starts, 1 = it ends.
        side, up: the wrist, centimetres.
        shape: the hand's shape.
        roll, yaw, pitch: degrees, as in `stages.corpus.drawn.hand.joints`.
    """

    at: float
    side: float
    up: float
    shape: HandShape
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0

    def vector(self) -> np.ndarray:
        """The state as (12,) numbers: side, up, roll, yaw, pitch, then the shape's seven."""
        return np.array([self.side, self.up, self.roll, self.yaw, self.pitch, *self.shape.vector()])


@dataclass(frozen=True)
class Script:
    """One gloss: the leading hand's keys and, for a two-handed sign, the other hand's."""

    lead: tuple[Key, ...]
    other: tuple[Key, ...] = ()


REST = Key(0.0, 19.0, -52.0, FLAT, roll=175.0, yaw=180.0)  # hanging, below the picture


def both(*keys: Key) -> Script:
    """A sign in which the two hands mirror each other."""
    return Script(keys, keys)


def turns(count: int, first: Key, second: Key) -> tuple[Key, ...]:
    """Keys that swing between two states, `count` swings there and back over the whole sign."""
    moments = np.linspace(0.0, 1.0, 2 * count + 1)
    return tuple(
        Key(float(t), k.side, k.up, k.shape, k.roll, k.yaw, k.pitch)
        for t, k in zip(moments, [first, second] * count + [first], strict=True)
    )


LEXICON = {
    "book": both(Key(0, 6, -17, FLAT, -5, 35), Key(0.45, 6, -17, FLAT, -5, 35), Key(1, 15, -18, FLAT, -50, 0)),
    "drink": Script((Key(0, 10, -8, CUP, 20, 35), Key(0.4, 9, -3, CUP, 25, 35), Key(1, 11, 6, CUP, 65, 35))),
    "many": both(*turns(2, Key(0, 12, -22, FIST), Key(0, 15, -12, FIVE))),
    "black": Script((Key(0, 6, 21, INDEX, 75, 160), Key(0.3, 6, 21, INDEX, 75, 160), Key(1, 24, 21, INDEX, 55, 160))),
    "deaf": Script((Key(0, 15, 5, INDEX, 30, 20), Key(0.4, 14, 5, INDEX, 30, 20), Key(1, 9, -10, INDEX, 30, 20))),
    "yes": Script(turns(3, Key(0, 21, -6, FIST, -5, -10), Key(0, 20, -17, FIST, 20, -10))),
    "tall": Script((Key(0, 21, -30, FLAT, 0, 0), Key(1, 20, 14, FLAT, 0, 0))),
    "blue": Script(turns(3, Key(0, 22, -10, FLAT, 30, 0), Key(0, 24, -10, FLAT, -35, 0))),
    "play": both(*turns(3, Key(0, 12, -16, WYE, 25, 0), Key(0, 19, -16, WYE, -15, 0))),
    "table": both(*turns(2, Key(0, 19, -8, FLAT, 70, 175), Key(0, 19, -24, FLAT, 70, 175))),
    "dance": Script(
        turns(3, Key(0, 18, -9, VEE, 70, 0), Key(0, 14, 1, VEE, 115, 0)),
        (Key(0, 16, -27, FLAT, 20, 0), Key(1, 16, -27, FLAT, 20, 0)),
    ),
    "want": both(Key(0, 24, -8, FIVE, 10, 5), Key(0.3, 24, -8, FIVE, 10, 5), Key(1, 11, -26, CLAW, 10, 5)),
}


def motion(keys: tuple[Key, ...], moments: np.ndarray) -> np.ndarray:
    """Move one hand through its keys, easing in and out of each.

    Args:
        keys: at rising moments.
        moments: (frames,) 0 to 1 within the sign; outside that range the first or last key holds.

    Returns:
        (frames, 12) states, as `Key.vector` orders them.
    """
    times = np.array([key.at for key in keys])
    states = np.stack([key.vector() for key in keys])
    moments = np.clip(moments, times[0], times[-1])
    after = np.clip(np.searchsorted(times, moments, side="right"), 1, len(times) - 1)
    share = (moments - times[after - 1]) / np.maximum(times[after] - times[after - 1], 1e-9)
    eased = (0.5 - 0.5 * np.cos(np.pi * share))[:, None]
    return states[after - 1] * (1 - eased) + states[after] * eased
