"""Gloss sequences with English references, of our own making, from the hundred words of WLASL100."""

from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("phrases.tsv")


@dataclass(frozen=True)
class Phrase:
    """Glosses in the order they are signed, and two ways to say it in English."""

    glosses: tuple[str, ...]
    references: tuple[str, str]


def read(path: Path = FILE) -> list[Phrase]:
    """Read phrases: a line each, glosses, reference, reference, parted by tabs.

    Raises:
        ValueError: a line has another form; the message names it.
    """
    phrases = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        parts = [part.strip() for part in line.split("\t")]
        if len(parts) != 3 or not all(parts):
            raise ValueError(f"{path}:{number} must be glosses, a tab, a reference, a tab, a reference")
        phrases.append(Phrase(tuple(parts[0].split()), (parts[1], parts[2])))
    return phrases
