"""One trial of the search."""

from stages.tuning.trial import hopeless


def test_hopeless_trials_end_early():
    others = [[0.1, 0.5, 0.8], [0.2, 0.6, 0.9], [0.1, 0.4, 0.7]]
    assert hopeless(others, [0.1, 0.3], 6)
    assert not hopeless(others, [0.1], 6)  # too early to say
    assert not hopeless(others, [0.1, 0.55], 6)
    assert not hopeless(others[:2], [0.0, 0.0], 6)  # too few to compare with
