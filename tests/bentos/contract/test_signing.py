"""A gate before any word: signs keep their scores, other movements lose them by the odds."""

import numpy as np
import pytest

from bentos.contract.signing import Signing

SIGNING = Signing(weights=(2.0, -4.0), bias=0.5, kept=0.99, passed=0.1)


def test_signs_lose_nothing_and_other_movements_by_the_odds():
    assert SIGNING.factor(np.array([1.0, 0.0])) == 1
    assert SIGNING.factor(np.array([0.0, 1.0])) == pytest.approx(np.exp(-3.5))


def test_metadata_says_what_was_fitted_or_nothing():
    assert Signing.of({"signing": SIGNING.model_dump(mode="json")}) == SIGNING
    assert Signing.of({"signing": None}) is Signing.of({}) is None
