"""A small base model in ./data/base: the project's own export, said to be ASL."""

import json
from pathlib import Path

from stages import base


def call(language: str) -> None:
    """Let data/export say that its words are of that language."""
    path = Path("data/export/metadata.json")
    path.write_text(json.dumps(json.loads(path.read_text()) | {"language": language}))


def make() -> None:
    """Make data/base of the drawn export, which stays as it is."""
    call("ASL")
    base.make()
    call("drawn")
