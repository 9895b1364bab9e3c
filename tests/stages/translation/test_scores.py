"""Scores of translations."""

import pytest

from stages.translation import phrases, scores


def test_scores_know_right_from_wrong():
    references = [(p.references[0], p.references[1]) for p in phrases.read()]
    perfect = scores.score([pair[1] for pair in references], references)
    assert all(perfect[name] == pytest.approx(100) for name in scores.NAMES)
    wrong = scores.score(["Zebra."] * len(references), references)
    assert all(wrong[name] < 5 for name in scores.NAMES)
    with pytest.raises(ValueError, match="1 texts"):
        scores.score(["one"], [])
