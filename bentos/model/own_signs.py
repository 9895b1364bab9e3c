"""Signs that a signer taught: prototypes that are candidates beside the model's glosses, on one scale with them.

Each take is an embedding; a sign is as near as the mean of its nearest take and of its centroid (Snell et al.,
"Prototypical Networks for Few-shot Learning", NeurIPS 2017). The model's log-probabilities serve as the logits of its
glosses, and an own sign joins their softmax with the logit `slope * cosine + offset`: so own signs take probability
from all that the model knows, and a score means the same whoever taught the sign.
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

MOST_SIGNS = 100
MOST_TAKES = 5
MOST_NUMBERS = 256  # of an embedding
MOST_CHARACTERS = 4 * -(-2 * MOST_NUMBERS // 3)  # of a take
_NUMBER = np.dtype("<f2")
_LEAST = 1e-12  # probability; a logit must be finite


class OwnSignsError(ValueError):
    """Own signs that this version cannot use; the message is for people, `where` the place of the mistake."""

    def __init__(self, message: str, where: str = ""):
        super().__init__(message)
        self.where = where


@dataclass(frozen=True)
class Scale:
    """How a cosine becomes a logit; measured by `tests.benchmarks.own_signs`, and part of a version's metadata."""

    slope: float = 20.0
    offset: float = -14.0


def encode(embedding: np.ndarray) -> str:
    """(E,) of unit length as text: base64 of little-endian float16."""
    return base64.b64encode(embedding.astype(_NUMBER).tobytes()).decode()


def _decode(take: str, size: int, where: str) -> np.ndarray:
    """(size,) float32 of unit length; raises OwnSignsError."""
    right = f"right is what POST /embed gives: base64 of {size} little-endian float16 numbers of unit length"
    try:
        content = base64.b64decode(take, validate=True)
    except (binascii.Error, ValueError):
        raise OwnSignsError(f"{where} is no base64; {right}", where) from None
    if len(content) != size * _NUMBER.itemsize:
        raise OwnSignsError(f"{where} has {len(content)} bytes; {right}", where)
    numbers = np.frombuffer(content, _NUMBER).astype(np.float32)
    length = float(np.linalg.norm(numbers))
    if not abs(length - 1) < 0.01:  # NaN compares false
        raise OwnSignsError(f"{where} has the length {length:g}; {right}", where)
    return numbers / length


@dataclass(frozen=True, eq=False)
class OwnSigns:
    """The signs of one signer, ready to be compared.

    Attributes:
        names: of the signs; one that is a gloss of the model is a variant of it.
        takes: (takes, E) float32, of unit length, those of a sign in a row.
        first: (signs,) where the takes of each sign begin.
        centroids: (signs, E) float32, of unit length.
    """

    names: tuple[str, ...]
    takes: np.ndarray
    first: np.ndarray
    centroids: np.ndarray

    @classmethod
    def of(cls, signs: Iterable[tuple[str, list[str]]], size: int) -> "OwnSigns":
        """Read signs as they travel: names, each with its takes as `encode` writes them.

        Args:
            signs: at least one, each with at least one take.
            size: numbers of this version's embedding.

        Raises:
            OwnSignsError: a name is there twice, or a take is no embedding of that size.
        """
        names: list[str] = []
        counts, takes, centroids = [], [], []
        for i, (name, texts) in enumerate(signs):
            if name in names:
                raise OwnSignsError(f"{name!r} is there twice; each own sign needs a name of its own", f"signs[{i}].name")
            decoded = [_decode(text, size, f"signs[{i}].takes[{j}]") for j, text in enumerate(texts)]
            mean = np.mean(decoded, axis=0)
            length = float(np.linalg.norm(mean))
            if length < 0.01:
                raise OwnSignsError(f"the takes of {name!r} have nothing in common; record it again", f"signs[{i}]")
            names.append(name)
            counts.append(len(decoded))
            takes += decoded
            centroids.append(mean / length)
        first = np.cumsum([0, *counts[:-1]])
        return cls(tuple(names), np.stack(takes), first, np.stack(centroids))

    def similarities(self, embedding: np.ndarray) -> np.ndarray:
        """(signs,) float32, -1 to 1: how near an embedding, (E,) of unit length, is to each sign."""
        nearest = np.maximum.reduceat(self.takes @ embedding, self.first)
        return (nearest + self.centroids @ embedding) / 2

    def mix(self, probabilities: np.ndarray, embedding: np.ndarray, scale: Scale) -> tuple[np.ndarray, np.ndarray]:
        """Put own signs on one scale with the model's glosses.

        Args:
            probabilities: (labels,) of the model.
            embedding: (E,) of the same clip, of unit length.
            scale: of this version.

        Returns:
            (labels,) probabilities of the glosses and (signs,) of own signs; they add up to 1.
        """
        known = np.log(np.maximum(probabilities, _LEAST))
        logits = np.concatenate([known, scale.slope * self.similarities(embedding) + scale.offset])
        shares = np.exp(logits - logits.max())
        shares = (shares / shares.sum()).astype(np.float32)
        return shares[: len(known)], shares[len(known) :]
