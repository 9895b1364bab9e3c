"""The simulated recogniser errs as it is told."""

import numpy as np
import pytest

from stages.translation.lattices import simulate


def test_the_simulated_recogniser_errs_at_the_given_rates():
    rng = np.random.default_rng(0)
    vocabulary = [f"word{i}" for i in range(50)]
    signs = simulate(("word7",) * 4000, vocabulary, 0.7, 0.9, rng)
    words = [[word for word, _ in sign] for sign in signs]
    assert np.mean([w[0] == "word7" for w in words]) == pytest.approx(0.7, abs=0.03)
    assert np.mean(["word7" in w for w in words]) == pytest.approx(0.9, abs=0.02)
    for sign in signs:
        values = [score for _, score in sign]
        assert len(set(sign)) == 5
        assert values == sorted(values, reverse=True)
        assert sum(values) <= 1.001
    with pytest.raises(ValueError, match="accuracy"):
        simulate(("word1",), vocabulary, 0.9, 0.5, rng)
