"""How likely each moment of a stream lies between two signs, told by a small network from what the hands do around it.

Frames are tagged as in Moryossef et al., "Linguistically Motivated Sign Language Segmentation" (2023), here from few
numbers and a short time ahead, so that it works on a stream. `python -m tests.benchmarks.boundaries` fits the weights.
"""

import math
from collections import deque
from functools import cache
from pathlib import Path

import numpy as np

from bentos.live.motion import Seen

AROUND = np.arange(-5, 3) / 10  # seconds: where around a moment the hands are looked at, whatever the frame rate
AHEAD = float(AROUND[-1])  # so much later a moment is judged
REMEMBERED = 2.0  # seconds up to then, whose mean says where a signer's hands are as a rule
FARTHEST = 2.0  # shoulder widths that hands are above or below their mean place, at most
WEIGHTS = Path(__file__).with_name("tagger.npz")


class Surroundings:
    """What the hands do around each moment, as numbers that are the same at every frame rate and size of the signer."""

    def __init__(self) -> None:
        self._frames: deque[tuple[float, tuple[float, ...]]] = deque()
        self._judged = float("-inf")

    def see(self, now: float, seen: Seen) -> list[tuple[float, np.ndarray]]:
        """Take what one frame shows; its time, in seconds, must rise.

        Returns:
            For each frame that is AHEAD ago or more and was not given before: its time and (58,) numbers.
        """
        self._frames.append((now, _numbers(seen)))
        while self._frames[0][0] < now - REMEMBERED - AHEAD:
            self._frames.popleft()
        times = np.array([time for time, _ in self._frames])
        numbers = np.array([row for _, row in self._frames])
        waiting = times[(times > self._judged) & (times <= now - AHEAD + 1e-6)].tolist()
        self._judged = max(waiting, default=self._judged)
        return [(time, _around(time, times, numbers)) for time in waiting]


class Tagger:
    """Judges the moments of one stream."""

    def __init__(self) -> None:
        self._surroundings, self._network = Surroundings(), _network()

    def see(self, now: float, seen: Seen) -> list[tuple[float, float]]:
        """Take what one frame shows.

        Returns:
            For each frame that is AHEAD ago or more and was not given before: its time, and how likely, 0 to 1, it
            lies between two signs.
        """
        hidden, bias, output, last = self._network
        found = []
        for time, numbers in self._surroundings.see(now, seen):
            z = float(np.maximum(numbers @ hidden + bias, 0) @ output + last)
            found.append((time, 1 / (1 + math.exp(-min(max(z, -30.0), 30.0)))))
        return found


def _numbers(seen: Seen) -> tuple[float, ...]:
    """How many hands, whether any, the lower and the higher wrist's place, two speeds, whether lowered."""
    there = seen.hands
    speeds = (math.log(seen.speed + 0.05), math.log(seen.change + 0.05)) if there else (-3.0, -3.0)
    return (seen.left + seen.right) / 2, there, seen.low, seen.high, *speeds, seen.lowered


def _around(moment: float, times: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """(58,): the numbers at each of AROUND, places less their mean of late, and means of hands and of speed."""
    late = numbers[(times >= moment + AHEAD - REMEMBERED - 1e-6) & (times <= moment + AHEAD + 1e-6)]
    place = late[:, 2:4][late[:, 1] > 0]
    usual = np.nan_to_num(place).mean(axis=0) if len(place) else np.zeros(2)
    nearest = np.abs(times[:, None] - (moment + AROUND)).argmin(axis=0)
    found = numbers[nearest]
    found[:, 2:4] = np.clip(np.nan_to_num(found[:, 2:4] - usual), -FARTHEST, FARTHEST)
    return np.concatenate([found.ravel(), late[:, [0, 4]].mean(axis=0)])


@cache
def _network() -> tuple[np.ndarray, ...]:
    """(58, 64) and (64,) of the hidden layer, (64,) and () of the output."""
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return file["hidden"], file["bias"], file["output"], file["last"]
