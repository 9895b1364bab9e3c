"""Intervals of accuracies and of means."""

import numpy as np
import pytest

from stages.evaluation import intervals


def test_wilson_is_honest_at_the_ends():
    low, high = intervals.wilson(20, 20)
    assert high == pytest.approx(1)
    assert 0.8 < low < 0.9
    assert intervals.wilson(0, 0) == [0.0, 1.0]
    assert intervals.wilson(708, 1000) == pytest.approx([0.6791, 0.7353], abs=1e-3)


def test_bootstrap_covers_the_mean_and_repeats_itself():
    values = np.random.default_rng(1).normal(3, 1, 200)
    low, high = intervals.bootstrap_mean(values)
    assert low < values.mean() < high
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(200), rel=0.15)
    assert intervals.bootstrap_mean(values) == [low, high]
