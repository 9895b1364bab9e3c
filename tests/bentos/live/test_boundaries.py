"""Boundaries between signs, at every frame rate."""

import numpy as np
import pytest

from bentos.live.boundaries import APART, WITHOUT, Boundaries
from bentos.live.decoding import Options
from bentos.live.motion import Seen


def proposed(fps: float, speed, change=lambda t: 0.0, seconds: float = 4.0) -> list[tuple[float, float]]:
    """(time of each boundary, when it was proposed)."""
    boundaries, found = Boundaries(), []
    for now in (np.arange(round(seconds * fps)) / fps).tolist():
        boundary = boundaries.see(now, Seen(True, True, speed(now), False, change(now), 3.0, 3.0))
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


@pytest.mark.parametrize("fps", [10, 15, 25, 60])
def test_lowered_hands_speak_for_a_boundary(fps):
    boundaries, evidence = Boundaries(), {}
    for now in (np.arange(round(4 * fps)) / fps).tolist():
        low = 0.8 * float(np.exp(-(((now - 2) / 0.2) ** 2)))
        boundary = boundaries.see(now, Seen(True, True, 1.0, False, 0.0, 3 + low, 3 + low))
        if boundary is not None:
            evidence[boundary.time] = boundary.evidence
    lowest = min(evidence, key=lambda time: abs(time - 2))
    assert abs(lowest - 2) < 0.4
    assert evidence[lowest] == max(evidence.values())


def test_hands_that_were_never_seen_give_no_nonsense():
    boundaries = Boundaries()
    found = [boundaries.see(i / 25, Seen(False, False, 0.0, False)) for i in range(100)]
    assert all(0 <= boundary.evidence <= 1 for boundary in found if boundary is not None)


@pytest.mark.parametrize("fps", [10, 15, 25, 60])
def test_hands_that_leave_the_picture_are_a_boundary_beyond_doubt(fps):
    boundaries, evidence = Boundaries(), {}
    for now in (np.arange(round(4 * fps)) / fps).tolist():
        there = not 2 <= now < 2.5
        seen = Seen(there, there, 1.0 if there else 0.0, False, 0.0, *((3.0, 3.0) if there else ()))
        boundary = boundaries.see(now, seen)
        if boundary is not None:
            evidence[boundary.time] = boundary.evidence
    strongest = max(evidence, key=lambda time: evidence[time])
    assert 1.9 <= strongest <= 2.6
    assert evidence[strongest] >= Options().sure
    assert all(value < 0.5 for time, value in evidence.items() if time < 1.8)
