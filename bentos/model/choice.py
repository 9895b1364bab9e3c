"""Which of a model's glosses are candidates: the operator's choice, or a client's.

How sure the model is, is judged over all that it knows, so that a sign outside the choice shows as unsure: see
`bentos/contract/rejection.py`.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from bentos.contract.metadata import reliable

NAMED = 3  # glosses that a sentence names; the others are counted
_FIRST = re.compile(r"first\s+([0-9]+)", re.IGNORECASE)


class UnknownGlossError(ValueError):
    """Glosses were chosen that the model does not know; the message names a few."""


def few(glosses: Iterable[str]) -> str:
    """Some glosses for a sentence: the first of them, and how many more there are."""
    shown = [repr(gloss[:40]) for gloss in glosses]
    more = [f"{len(shown) - NAMED} more"] if len(shown) > NAMED else []
    *head, last = shown[:NAMED] + more
    return f"{', '.join(head)} and {last}" if head else last


def places(glosses: Iterable[str], known: Mapping[str, int]) -> np.ndarray:
    """Where glosses stand among a model's outputs.

    Args:
        glosses: in any order; a gloss may be named twice.
        known: the place of each gloss that the model knows.

    Returns:
        (glosses,) int64, rising, each once.

    Raises:
        UnknownGlossError: the model does not know one.
    """
    wanted = dict.fromkeys(glosses)
    unknown = [gloss for gloss in wanted if gloss not in known]
    if unknown:
        verb = "is" if len(unknown) == 1 else "are"
        raise UnknownGlossError(f"{few(unknown)} {verb} not in the model's vocabulary; GET /metadata lists it (labels)")
    return np.array(sorted(known[gloss] for gloss in wanted), np.int64)


def _read(value: Any) -> Any:
    """What an operator wrote: "all", "first 300", or a text file's path, whose glosses are read here and now."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.lower() == "all":
        return "all"
    if match := _FIRST.fullmatch(text):
        if int(match[1]) == 0:
            raise ValueError(f"{text!r} leaves no gloss to choose; right is a number from 1 up")
        return int(match[1])
    path = Path(text).absolute()
    right = 'right is "all", "first 300", or the path of a text file with a gloss a line'
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise ValueError(f"{path} is no UTF-8 text; {right}") from None
    except (OSError, ValueError) as error:  # ValueError: a path that no system can have
        raise ValueError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error}); {right}") from None
    glosses = tuple(dict.fromkeys(line.strip() for line in lines if line.strip()))
    if not glosses:
        raise ValueError(f"{path} holds no gloss; {right}")
    return glosses


First = Annotated[int, Field(ge=1)]
# the first so many labels, these glosses, all labels, or None: as many as the model is reliable with
Choice = Annotated[First | tuple[str, ...] | Literal["all"] | None, BeforeValidator(_read)]


def chosen(choice: Choice, metadata: Mapping[str, Any]) -> np.ndarray:
    """Resolve the operator's choice for one version.

    Args:
        choice: as `Settings.vocabulary` holds it.
        metadata: of the version, as `loading.read_metadata` gives it.

    Returns:
        (glosses,) int64: places among the model's outputs, rising.

    Raises:
        UnknownGlossError: a gloss of the operator's file is none of this version's.
    """
    labels = metadata["labels"]
    if isinstance(choice, tuple):
        return places(choice, {label: i for i, label in enumerate(labels)})
    count = len(labels) if choice == "all" else reliable(metadata) if choice is None else choice
    return np.arange(min(count, len(labels)))
