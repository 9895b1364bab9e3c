"""Fit how a version tells the signs somebody chooses from, from others: see `bentos/contract/rejection.py`."""

from collections.abc import Iterator, Sequence

import numpy as np

from bentos.contract.rejection import FEATURES, Rejection, features

SIZES = (100, 300, 1000)  # of vocabularies, as `accuracy` lists them
ENOUGH = 50  # clips inside and outside a vocabulary, for a number that means something
KNOWN_SHARE = 0.75  # of the signs before a camera, one in four is another
ACCEPTED = 0.10  # of the signs outside, at most so many may get a word
STRENGTH = 0.01  # of the penalty on squared weights


def auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Area under the ROC curve: how often a score of the first lies above one of the second."""
    from scipy.stats import rankdata

    rank = rankdata(np.concatenate([inside, outside]))[: len(inside)]
    return float((rank.sum() - len(inside) * (len(inside) + 1) / 2) / (len(inside) * len(outside)))


def fit_rejection(probabilities: np.ndarray, labels: np.ndarray, reliable: int) -> Rejection | None:
    """Fit on clips that the network was not trained on.

    A vocabulary is the first so many labels; a clip of the others, of up to 1,000 labels in all, is a sign outside.

    Args:
        probabilities: (n, labels), at the temperature that is served.
        labels: (n,) int.
        reliable: size of the vocabulary that serving chooses; the threshold is set for it, or the nearest size here.

    Returns:
        None where there are too few clips inside or outside of every vocabulary.
    """
    parts = dict(_parts(labels, probabilities.shape[1]))
    if not parts:
        return None
    seen = np.flatnonzero(labels < max(SIZES))
    told = np.concatenate([features(probabilities[seen], np.arange(size)) for size in parts])
    known = np.concatenate([part[seen] for part in parts.values()])
    weights, bias = _logistic(told, known)
    size = min(parts, key=lambda s: abs(np.log(s / reliable)))
    among, inside = np.arange(size), parts[size]
    draft = Rejection(
        weights=weights, bias=bias, threshold=0, vocabulary=size, auroc=0, unknown_accepted=0, right_kept=0
    )
    best = draft.scores(probabilities, among).max(axis=1)
    right = inside & (probabilities[:, among].argmax(axis=1) == labels)
    outside = ~inside & (labels < max(SIZES))
    threshold = float(np.quantile(best[outside], 1 - ACCEPTED, method="higher"))
    sure = draft.known(probabilities, among)
    measured = {
        "threshold": threshold,
        "auroc": auroc(sure[inside], sure[outside]),
        "unknown_accepted": float((best[outside] > threshold).mean()),
        "right_kept": float((best[right] >= threshold).mean()),
    }
    return draft.model_copy(update=measured)


def _parts(labels: np.ndarray, glosses: int) -> Iterator[tuple[int, np.ndarray]]:
    """Vocabulary sizes with enough clips inside and outside, and which clips are inside."""
    for size in SIZES:
        inside = labels < size
        outside = ~inside & (labels < max(SIZES))
        if size < glosses and min(inside.sum(), outside.sum()) >= ENOUGH:
            yield size, inside


def _logistic(told: np.ndarray, known: np.ndarray) -> tuple[Sequence[float], float]:
    """Weights (features,) and bias of a penalised logistic regression, balanced to KNOWN_SHARE."""
    from scipy.optimize import minimize

    mean, spread = told.mean(axis=0), told.std(axis=0) + 1e-6
    x = np.column_stack([(told - mean) / spread, np.ones(len(told))])
    share = np.where(known, KNOWN_SHARE / known.sum(), (1 - KNOWN_SHARE) / (~known).sum())

    def loss(w: np.ndarray) -> tuple[float, np.ndarray]:
        z = x @ w
        slope = share * (1 / (1 + np.exp(-z)) - known)
        penalty = STRENGTH * np.append(w[:-1], 0)
        return float((share * (np.logaddexp(0, z) - known * z)).sum() + (penalty * w).sum() / 2), x.T @ slope + penalty

    w = minimize(loss, np.zeros(len(FEATURES) + 1), jac=True, method="L-BFGS-B").x
    weights = w[:-1] / spread
    return tuple(weights.tolist()), float(w[-1] - weights @ mean)
