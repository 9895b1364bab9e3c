"""Whether a probability means what it says."""

import numpy as np

SHARPEST, FLATTEST = 0.05, 20.0  # beyond these a temperature says that something else is wrong


def cross_entropy(logits: np.ndarray, labels: np.ndarray, temperature: float = 1.0, doubt: float = 0.0) -> float:
    """Mean cross-entropy in nats of (n, labels) logits divided by a temperature.

    Args:
        logits: (n, labels).
        labels: (n,) int.
        temperature: above 0.
        doubt: share of each target that is spread evenly over all labels.
    """
    from scipy.special import log_softmax

    logs = log_softmax(logits / temperature, axis=1)
    return float(-((1 - doubt) * logs[np.arange(len(labels)), labels] + doubt * logs.mean(axis=1)).mean())


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the least cross-entropy (Guo et al., "On Calibration of Modern Neural Networks", 2017).

    It changes no ranking, only how sure the model says it is. The targets are (n + 1) / (n + 2) instead of 1 (Platt,
    "Probabilistic outputs for support vector machines", 1999): a few clips that are all right prove no certainty.

    Args:
        logits: (n, labels), of clips that the network was not trained on.
        labels: (n,) int.

    Returns:
        Between 0.05 and 20; 1 when there are no clips.
    """
    if not len(labels):
        return 1.0
    from scipy.optimize import minimize_scalar

    doubt = 1 / (len(labels) + 2)
    found = minimize_scalar(
        lambda log_t: cross_entropy(logits, labels, np.exp(log_t), doubt),
        bounds=(np.log(SHARPEST), np.log(FLATTEST)),
        method="bounded",
    )
    return float(np.exp(found.x))


def reliability(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> list[dict[str, float]]:
    """How often the model is right where it is so and so sure.

    Args:
        probabilities: (n, labels).
        labels: (n,) int.
        bins: equal parts of 0 … 1; empty ones are left out.

    Returns:
        One record a bin: low, high, n, confidence (mean), accuracy.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "low": b / bins,
            "high": (b + 1) / bins,
            "n": int((place == b).sum()),
            "confidence": float(confidence[place == b].mean()),
            "accuracy": float(right[place == b].mean()),
        }
        for b in np.unique(place)
    ]


def expected_calibration_error(probabilities: np.ndarray, labels: np.ndarray, bins: int = 10) -> float:
    """Mean gap between how sure the model is and how often it is right (Naeini et al., AAAI 2015); 0 is best."""
    rows = reliability(probabilities, labels, bins)
    return float(sum(r["n"] * abs(r["confidence"] - r["accuracy"]) for r in rows) / max(len(labels), 1))
