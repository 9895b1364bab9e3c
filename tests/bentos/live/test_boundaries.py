"""Boundaries between signs, at every frame rate."""

import numpy as np
import pytest

from bentos.live.boundaries import APART, BESIDE, WITHOUT, Boundaries


def proposed(fps: float, between, seconds: float = 4.0) -> list[tuple[float, float, float]]:
    """(time of each boundary, its evidence, time of the moment that was judged last)."""
    boundaries, found = Boundaries(), []
    for now in (np.arange(round(seconds * fps)) / fps).tolist():
        boundary = boundaries.see(now, between(now))
        if boundary is not None:
            found.append((boundary.time, boundary.evidence, now))
    return found


@pytest.mark.parametrize("fps", [10, 15, 25, 30, 60])
def test_the_likeliest_moments_are_proposed_soon(fps):
    likeliest = [0.6, 1.2, 1.8, 2.4, 3.0]
    found = proposed(fps, lambda t: float(0.5 + 0.4 * np.cos(2 * np.pi * t / 0.6)))
    for at in likeliest:
        near, evidence = min((abs(time - at), -evidence) for time, evidence, _ in found)
        assert near <= 1 / fps + 1e-6
        assert -evidence > 0.6
    assert all(now - time <= BESIDE + 1 / fps + 1e-6 for time, _, now in found)


@pytest.mark.parametrize("fps", [10, 25, 60])
def test_they_are_neither_too_close_nor_too_far_apart(fps):
    rng = np.random.default_rng(0)
    noisy = np.diff([time for time, *_ in proposed(fps, lambda t: float(rng.random()))])
    never = np.diff([time for time, *_ in proposed(fps, lambda t: 0.0)])
    always = np.diff([time for time, *_ in proposed(fps, lambda t: 1.0)])
    for gaps in (noisy, never, always):
        assert gaps.min() >= APART - 1e-6
        assert gaps.max() <= WITHOUT + 1 / fps + 1e-6
