"""Boundaries between signs, at every frame rate."""

import numpy as np
import pytest

from bentos.live.boundaries import APART, BESIDE, SURE, WITHOUT, Boundaries


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


@pytest.mark.parametrize("fps", [10, 15, 25, 60])
def test_the_first_sure_moment_is_proposed_at_once_and_only_once(fps):
    rising = proposed(fps, lambda t: 1.0 if 1.0 <= t < 1.3 or 1.5 <= t < 1.6 else 0.0, seconds=2.0)
    sure = [(time, now) for time, evidence, now in rising if evidence >= SURE]
    for start in (1.0, 1.5):
        at_once = [time for time, now in sure if time == now and start - 1e-6 <= time < start + 1 / fps]
        assert len(at_once) == 1
    assert len([time for time, now in sure if time == now]) == 2


def test_a_sure_moment_too_soon_after_a_boundary_is_proposed_once_it_may_be():
    boundaries, found = Boundaries(), []
    for i in range(100):
        now = i / 50
        boundary = boundaries.see(now, 1.0 if 1.0 <= now < 1.1 or 1.12 <= now < 1.6 else 0.0)
        if boundary is not None and boundary.evidence >= SURE and boundary.time == now:
            found.append(now)
    assert found == pytest.approx([1.0, 1.0 + APART], abs=0.021)
