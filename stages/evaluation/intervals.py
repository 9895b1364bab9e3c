"""How far a number measured on few clips can be trusted."""

import numpy as np


def wilson(right: int, n: int, level: float = 0.95) -> list[float]:
    """Wilson's score interval of a proportion.

    Honest for few clips and near 0 and 1, where a bootstrap of all-right answers would say "exactly 1".

    Args:
        right: successes.
        n: trials.
        level: confidence level.

    Returns:
        [low, high]; [0, 1] when nothing was tried.
    """
    if n == 0:
        return [0.0, 1.0]
    from scipy.stats import binomtest

    interval = binomtest(int(right), int(n)).proportion_ci(level, method="wilson")
    return [float(interval.low), float(interval.high)]


def bootstrap_mean(values: np.ndarray, level: float = 0.95, resamples: int = 2000, seed: int = 0) -> list[float]:
    """Percentile bootstrap interval of a mean.

    Args:
        values: (n,) one number a clip.
        level: confidence level.
        resamples: how many times the clips are drawn anew.
        seed: of the drawing.

    Returns:
        [low, high]; [nan, nan] without values.
    """
    values = np.asarray(values, np.float64)
    if not len(values):
        return [float("nan"), float("nan")]
    rng = np.random.default_rng(seed)
    means = [values[rng.integers(0, len(values), len(values))].mean() for _ in range(resamples)]
    tail = (1 - level) / 2
    return [float(q) for q in np.quantile(means, [tail, 1 - tail])]
