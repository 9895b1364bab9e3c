"""The signs of a recording."""

from itertools import pairwise

import numpy as np
import pytest

from bentos.live.frames import TimedClip
from bentos.live.recorded import signs_in
from tests.bentos.live.streams import drawn_sign, resting, stamped


def ask(part: TimedClip) -> list[dict]:
    """A recogniser that goes by the place of the right hand, and by how steadily it is there."""
    x = np.concatenate([frame[21:22, 0] for _, frame in part.frames]).astype(np.float64)
    x = x[~np.isnan(x)]
    if not len(x):
        return []
    near = min((0.2, 0.5, 0.8), key=lambda place: abs(place - x.mean()))
    whole = min(len(x) / 25 / 1.2, 1.0)
    return [{"gloss": str(near), "score": float(whole * np.mean(abs(x - near) < 0.15) ** 3)}]


def found(parts: list[np.ndarray], fps: float = 25) -> list[tuple[float, float, str]]:
    signs = signs_in(TimedClip(stamped(parts, fps), 1.0), ask)
    return [(sign.start, sign.end, sign.candidates[0]["gloss"]) for sign in signs]


@pytest.mark.parametrize("rest", [1.2, 0.6])
def test_signs_with_rests_between(rest):
    parts = [resting(25, 0.6)]
    for x in (0.2, 0.8, 0.5):
        parts += [drawn_sign(25, 1.2, x=x), resting(25, rest)]
    signs = found(parts)
    assert [gloss for _, _, gloss in signs] == ["0.2", "0.8", "0.5"]
    for i, (start, _, _) in enumerate(signs):
        assert abs(start - 0.6 - i * (1.2 + rest)) < 0.3


def test_signs_without_rests_between():
    drawn = [drawn_sign(25, 1.2, x=x, turns=1.0) for x in (0.2, 0.8, 0.5)]
    ways = [np.linspace(before[-1], after[0], 5) for before, after in pairwise(drawn)]
    signs = found([resting(25, 0.6), drawn[0], ways[0], drawn[1], ways[1], drawn[2], resting(25, 1)])
    assert [gloss for _, _, gloss in signs] == ["0.2", "0.8", "0.5"]
    for i, (start, end, _) in enumerate(signs):
        assert abs(start - 0.6 - i * 1.4) < 0.35
        assert abs(end - 1.8 - i * 1.4) < 0.35


def test_hands_that_rest_in_the_lap_are_no_sign():
    sign = drawn_sign(25, 1.2, x=0.2)
    lap = sign[-1, :42] - sign[-1, 21] + [0.45, 1.0, 0.0]
    down = resting(25, 1.2, lap, jitter=0.001)
    ways = np.linspace(sign[-1], down[0], 6), np.linspace(down[-1], sign[0], 6)
    signs = found([resting(25, 0.6), sign, ways[0], down, ways[1], sign, ways[0], down, resting(25, 1)])
    assert [gloss for *_, gloss in signs] == ["0.2", "0.2"]


def test_a_recording_that_ends_in_a_sign_has_it():
    assert len(found([resting(25, 0.6), drawn_sign(25, 1.2)])) == 1


def test_nobody_signs_nothing():
    assert found([resting(25, 2.0)]) == []
    assert found([drawn_sign(25)[:1]]) == []
