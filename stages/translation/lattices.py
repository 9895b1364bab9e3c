"""What a recogniser of known accuracy might have seen of a phrase."""

import numpy as np

Lattice = tuple[tuple[tuple[str, float], ...], ...]
CANDIDATES = 5


def simulate(
    glosses: tuple[str, ...], vocabulary: list[str], accuracy: float, top5: float, rng: np.random.Generator
) -> Lattice:
    """Draw the five best glosses of each sign.

    The right one is first with probability `accuracy`, among the other four with `top5` − `accuracy`, else absent.
    The first score of a right answer is drawn higher than that of a wrong one, as in a calibrated model.

    Args:
        glosses: what is signed.
        vocabulary: what wrong guesses are drawn from.
        accuracy: of the recogniser's first guess, 0–1.
        top5: that the right gloss is among its first five, 0–1, at least `accuracy`.
        rng: source of chance.

    Returns:
        For each sign five (gloss, score), best first; scores sum to less than 1.

    Raises:
        ValueError: the rates are no probabilities in that order.
    """
    if not 0 <= accuracy <= top5 <= 1:
        raise ValueError(f"accuracy {accuracy} and top5 {top5} must be 0 ≤ accuracy ≤ top5 ≤ 1")
    return tuple(_sign(gloss, vocabulary, accuracy, top5, rng) for gloss in glosses)


def _sign(gloss: str, vocabulary: list[str], accuracy: float, top5: float, rng: np.random.Generator) -> tuple:
    chance = rng.random()
    others = [word for word in vocabulary if word != gloss]
    best = list(rng.choice(others, CANDIDATES, replace=False))
    if chance < accuracy:
        best.insert(0, gloss)
    elif chance < top5:
        best.insert(int(rng.integers(1, CANDIDATES)), gloss)
    first = rng.beta(6, 2) if chance < accuracy else rng.beta(3, 4)
    rest = np.sort(rng.dirichlet(np.full(CANDIDATES - 1, 0.7)))[::-1] * (1 - first) * 0.9
    scores = [first, *np.minimum(rest, first)]
    return tuple((str(word), round(float(score), 3)) for word, score in zip(best[:CANDIDATES], scores, strict=True))
