"""Signs that a signer taught: prototypes that are candidates beside the model's glosses, on one scale with them.

Each take is an embedding. They are compared where clips of one gloss scatter alike in all directions (within-class
covariance normalisation, Hatch et al., Interspeech 2006). A clip is as near to a sign as the mean of its cosines with
the sign's nearest take and with the takes' centroid, and that counts against how near it is to the glosses that the
model knows, as in a softmax over distances to prototypes (Snell et al., "Prototypical Networks for Few-shot Learning",
NeurIPS 2017). What comes out is a logit beside the logarithms of the model's probabilities: own signs take probability
from all glosses, and a score means the same whoever taught the sign.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bentos.contract.loading import MODEL_FILE, OWN_SIGNS_FILE, Model, find

MOST_SIGNS = 100
MOST_TAKES = 5
MOST_NUMBERS = 256  # of an embedding
MOST_CHARACTERS = 4 * -(-2 * MOST_NUMBERS // 3)  # of a take
_NUMBER = np.dtype("<f2")
_LEAST = 1e-12  # probability; a logarithm must be finite


class OwnSignsError(ValueError):
    """Own signs that a version cannot use; the message is for people, `where` the place of the mistake."""

    def __init__(self, message: str, where: str = "own_signs"):
        super().__init__(message)
        self.where = where


@dataclass(frozen=True, eq=False)
class Space:
    """What a version says of its embeddings.

    Attributes:
        id: embeddings compare with those of the same id.
        centre: (E,) float32, the middle of all glosses.
        whitening: (E, E) float32, after which clips of one gloss scatter alike in all directions.
        glosses: (glosses, E) float32, of unit length: where those lie that the model knows, whitened.
        scale: of the cosines in the softmax.
        slope: of the logit.
        offset: of the logit.
    """

    id: str
    centre: np.ndarray
    whitening: np.ndarray
    glosses: np.ndarray
    scale: float
    slope: float
    offset: float

    @classmethod
    def of(cls, folder: Path, model: Model) -> "Space | None":
        """The space of a version in a folder, None where it takes no own signs."""
        size, graph, file = getattr(model, "embedding_size", 0), find(folder, MODEL_FILE), find(folder, OWN_SIGNS_FILE)
        if not size or graph is None or file is None:
            return None
        with graph.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        with np.load(file, allow_pickle=False) as saved:
            if "whitening" not in saved:  # of a version whose own signs were compared in another way
                return None
            arrays = [saved[name].astype(np.float32) for name in ("centre", "whitening", "glosses")]
            return cls(digest[:16], *arrays, *(float(saved[name]) for name in ("scale", "slope", "offset")))

    @property
    def size(self) -> int:
        """Numbers of an embedding."""
        return self.glosses.shape[1]

    def whitened(self, embeddings: np.ndarray) -> np.ndarray:
        """(…, E) of unit length as they are compared, of unit length again."""
        return unit((embeddings - self.centre) @ self.whitening)

    def read(self, signs: Iterable[tuple[str, list[str]]]) -> "OwnSigns":
        """Read signs as they travel: names, each with its takes as `encode` writes them.

        Raises:
            OwnSignsError: a name is there twice, or a take is no embedding of this space.
        """
        taken: dict[str, np.ndarray] = {}
        for i, (name, texts) in enumerate(signs):
            if name in taken:
                raise OwnSignsError(
                    f"{name!r} is there twice; each own sign needs its own name", f"own_signs.signs[{i}].name"
                )
            places = [f"own_signs.signs[{i}].takes[{j}]" for j in range(len(texts))]
            taken[name] = np.stack([_decode(*take, self.size) for take in zip(texts, places, strict=True)])
        return OwnSigns(self, taken)


class OwnSigns:
    """The signs of one signer, ready to be compared.

    Args:
        space: of the version that made the takes.
        signs: by name (takes, E) float32 of unit length; at least one sign. A gloss of the model as a name makes a
            variant of it.
    """

    def __init__(self, space: Space, signs: dict[str, np.ndarray]):
        self.names = tuple(signs)
        self._space = space
        self._takes = space.whitened(np.concatenate(list(signs.values())))
        self._first = np.cumsum([0, *(len(takes) for takes in signs.values())])[:-1]  # take of each sign
        self._centroids = unit(np.add.reduceat(self._takes, self._first))

    def logits(self, embedding: np.ndarray) -> np.ndarray:
        """(signs,): how well an embedding, (E,) of unit length, fits each sign."""
        here, space = self._space.whitened(embedding), self._space
        cosines = (np.maximum.reduceat(self._takes @ here, self._first) + self._centroids @ here) / 2
        glosses = np.logaddexp.reduce(space.scale * (space.glosses @ here))
        return space.slope * (space.scale * cosines - glosses) + space.offset

    def mix(self, probabilities: np.ndarray, embedding: np.ndarray) -> tuple[np.ndarray, dict[str, float]]:
        """Put the model's glosses and own signs on one scale.

        Args:
            probabilities: (labels,) of the model.
            embedding: (E,) of the same clip, of unit length.

        Returns:
            (labels,) probabilities of the glosses, and that of each own sign by its name; all add up to 1.
        """
        logits = np.concatenate([np.log(np.maximum(probabilities, _LEAST)), self.logits(embedding)])
        shares = np.exp(logits - logits.max())
        shares = (shares / shares.sum()).astype(np.float32)
        return shares[: len(probabilities)], dict(zip(self.names, shares[len(probabilities) :].tolist(), strict=True))


def unit(vectors: np.ndarray) -> np.ndarray:
    """(…, E) of unit length; what has none stays near to nothing."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-6)


def encode(embedding: np.ndarray) -> str:
    """(E,) of unit length as text: base64 of little-endian float16."""
    return base64.b64encode(embedding.astype(_NUMBER).tobytes()).decode()


def _decode(take: str, where: str, size: int) -> np.ndarray:
    """(size,) float32 of unit length; raises OwnSignsError."""
    right = f"right is what POST /embed gives, base64 of {size} little-endian float16 numbers of unit length"
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
