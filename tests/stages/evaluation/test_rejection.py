"""Telling signs of a choice from others: what is fitted keeps its promise on clips that it was not fitted on."""

import numpy as np
import pytest

from stages.evaluation.rejection import ACCEPTED, auroc, fit_rejection

LABELS = 400


def answers(seed: int, clips: int = 1200, skill: float = 4.0) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of a model that is often right, and the truth."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, LABELS, clips)
    logits = rng.normal(0, 1, (clips, LABELS))
    logits[np.arange(clips), labels] += rng.normal(skill, 1.5, clips)
    raised = np.exp(logits)
    return raised / raised.sum(axis=1, keepdims=True), labels


def test_few_unknown_signs_get_a_word_and_most_right_ones_keep_theirs():
    fitted = fit_rejection(*answers(0), reliable=300)
    assert fitted.vocabulary == 300
    probabilities, labels = answers(1)
    scores = fitted.scores(probabilities, np.arange(300))
    inside, right = labels < 300, scores.argmax(axis=1) == labels
    accepted = scores.max(axis=1) >= fitted.threshold
    assert accepted[~inside].mean() <= ACCEPTED + 0.05
    assert accepted[inside & right].mean() > 0.6
    assert fitted.unknown_accepted <= ACCEPTED
    known = fitted.known(probabilities, np.arange(300))
    assert auroc(known[inside], known[~inside]) == pytest.approx(fitted.auroc, abs=0.05)


def test_the_threshold_is_set_for_the_vocabulary_that_serves():
    assert fit_rejection(*answers(0), reliable=90).vocabulary == 100


@pytest.mark.parametrize("clips", [0, 30])
def test_too_few_clips_fit_nothing(clips):
    assert fit_rejection(*answers(0, clips), reliable=300) is None


def test_a_model_of_few_glosses_is_not_fitted():
    probabilities, labels = answers(0)
    assert fit_rejection(probabilities[:, :90], labels % 90, reliable=90) is None


def test_auroc_is_the_share_of_pairs_in_order():
    assert auroc(np.array([0.9, 0.5]), np.array([0.1, 0.5])) == pytest.approx(3.5 / 4)
