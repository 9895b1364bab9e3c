"""Boundaries between signs, at every frame rate."""

import numpy as np
import pytest

from bentos.live.boundaries import APART, WITHOUT, Boundaries


def proposed(fps: float, speed, change=lambda t: 0.0, seconds: float = 4.0) -> list[tuple[float, float]]:
    """(time of each boundary, when it was proposed)."""
    boundaries, found = Boundaries(), []
    for now in (np.arange(round(seconds * fps)) / fps).tolist():
        boundary = boundaries.see(now, speed(now), change(now))
        if boundary is not None:
            found.append((boundary.time, now))
    return found


@pytest.mark.parametrize("fps", [10, 15, 25, 30, 60])
def test_minima_of_speed_are_proposed_soon(fps):
    slowest = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0]
    found = proposed(fps, lambda t: 1 - np.cos(2 * np.pi * (t - 0.5) / 0.5))
    for at in slowest:
        assert min(abs(time - at) for time, _ in found) <= 1 / fps + 1e-6
    assert all(now - time <= 0.12 + 1 / fps + 1e-6 for time, now in found)


@pytest.mark.parametrize("fps", [15, 25, 60])
def test_a_change_of_handshape_is_a_boundary(fps):
    found = proposed(fps, lambda t: 0.5 + t, lambda t: float(2 * np.exp(-(((t - 2.2) / 0.1) ** 2))))
    assert min(abs(time - 2.2) for time, _ in found) <= 1 / fps + 1e-6


@pytest.mark.parametrize("fps", [10, 25, 60])
def test_they_are_neither_too_close_nor_too_far_apart(fps):
    rng = np.random.default_rng(0)
    noisy = np.diff([time for time, _ in proposed(fps, lambda t: float(rng.random()))])
    steady = np.diff([time for time, _ in proposed(fps, lambda t: 1.0 + t)])
    for gaps in (noisy, steady):
        assert gaps.min() >= APART - 1e-6
        assert gaps.max() <= WITHOUT + 2 / fps
