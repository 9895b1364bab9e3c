"""What a version says of a clip: its glosses, and the signs that a signer taught among them."""

from collections.abc import Iterable
from typing import Any

import numpy as np

from bentos.errors import RefusedError
from bentos.model.own_signs import OwnSigns, OwnSignsError, Space
from bentos.model.recogniser import Loaded

Scored = dict[str, Any]  # {"gloss", "score"}


def space_of(loaded: Loaded) -> Space:
    """The space of a version's embeddings; raises RefusedError where it takes no own signs."""
    if loaded.space is None:
        says = f"version {loaded.version.version}, which serves, takes no own signs"
        raise RefusedError(422, f"{says}; where GET /metadata says own_signs, a version does", "own_signs")
    return loaded.space


def own_signs(loaded: Loaded, space: str, signs: Iterable[tuple[str, list[str]]]) -> OwnSigns:
    """A signer's own signs, ready to be compared.

    Args:
        loaded: the version.
        space: of the version that made the takes.
        signs: names, each with its takes as POST /embed gives them.

    Raises:
        RefusedError: this version takes none, or these were not made with it.
    """
    here = space_of(loaded)
    if space != here.id:
        says = f"own signs of the space {space!r} do not compare with this version, whose space is {here.id!r}"
        raise RefusedError(422, f"{says}; embed their takes again with POST /embed", "own_signs.space")
    try:
        return here.read(signs)
    except OwnSignsError as error:
        raise RefusedError(422, str(error), error.where) from None


def of_clip(
    loaded: Loaded,
    clip: tuple[np.ndarray, float | None, float | None],
    top_n: int,
    among: np.ndarray,
    own: OwnSigns | None,
) -> list[Scored]:
    """The likeliest candidates of a clip, best first.

    Args:
        loaded: the version.
        clip: (frames, 180, 3) landmarks, frames a second and aspect; None: not known.
        top_n: candidates wanted.
        among: (glosses,) places of the glosses to choose from, rising.
        own: signs to choose from as well.

    Raises:
        RefusedError: the landmarks give no probabilities.
    """
    if own is None and loaded.signing is None:
        return loaded.best(loaded.predict(*clip), top_n, among)
    return mixed(loaded, loaded.embed(*clip), top_n, among, own)


def mixed(
    loaded: Loaded, seen: tuple[np.ndarray, np.ndarray], top_n: int, among: np.ndarray, own: OwnSigns | None
) -> list[Scored]:
    """As `of_clip`, of probabilities and embedding; an own sign that is called as a gloss counts for that gloss."""
    factor = loaded.signing.factor(seen[1]) if loaded.signing else 1.0
    if own is None:
        return loaded.best(seen[0], top_n, among, factor=factor)
    glosses, signs = own.mix(*seen)
    variants = [name for name in signs if name in loaded.known]
    for name in variants:
        glosses[loaded.known[name]] += signs.pop(name)
    among = np.union1d(among, [loaded.known[name] for name in variants]).astype(np.int64)
    return loaded.best(glosses, top_n, among, signs, factor)
