"""Signs outside a choice: scores that tell them, and the decision."""

import numpy as np
import pytest

from bentos.contract.rejection import Rejection, features, is_known

FITTED = {"weights": (0.5, 0.4, -0.3), "bias": 2.0, "threshold": 0.5, "vocabulary": 3}
REJECTION = Rejection(**FITTED, auroc=0.8, unknown_accepted=0.1, right_kept=0.7)
AMONG = np.arange(3)


def test_a_sign_that_the_rest_explains_scores_low():
    inside = np.array([0.8, 0.05, 0.05, 0.05, 0.05])
    outside = np.array([0.15, 0.1, 0.05, 0.65, 0.05])
    assert REJECTION.scores(inside, AMONG).max() > REJECTION.threshold > REJECTION.scores(outside, AMONG).max()


def test_scores_part_how_likely_it_is_one_of_them_as_the_model_does():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(8), 5)
    scores = REJECTION.scores(probabilities, AMONG)
    np.testing.assert_allclose(scores.sum(axis=1), REJECTION.known(probabilities, AMONG))
    np.testing.assert_allclose(scores[:, 0] / scores[:, 1], probabilities[:, 0] / probabilities[:, 1])


@pytest.mark.parametrize("probabilities", [np.eye(5)[0], np.eye(5)[4], np.full(5, 0.2)])
@pytest.mark.parametrize("among", [np.arange(3), np.arange(5), np.array([4])])
def test_certain_answers_and_whole_vocabularies_give_finite_scores(probabilities, among):
    assert np.isfinite(features(probabilities, among)).all()
    scores = REJECTION.scores(probabilities, among)
    assert ((scores >= 0) & (scores <= 1)).all()


def test_metadata_says_what_was_fitted_or_nothing():
    assert Rejection.of({"rejection": REJECTION.model_dump(mode="json")}) == REJECTION
    assert Rejection.of({"rejection": None}) is Rejection.of({}) is None


@pytest.mark.parametrize(("scores", "known"), [([0.6, 0.9], True), ([0.5], True), ([0.49], False), ([], False)])
def test_the_best_candidate_decides(scores, known):
    assert is_known([{"gloss": "book", "score": score} for score in scores], 0.5) is known
