"""What takes long to make and comes out the same every time: made once, then taken from pytest's cache."""

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest


def kept(config: pytest.Config, name: str, made_of: bytes, make: Callable[[Path], None], to: Path) -> Path:
    """Put a copy of a folder to a place; it is made the first time, and after `pytest --cache-clear`.

    Args:
        config: of this run, which knows where the cache is.
        name: what is made, for a person who looks into the cache.
        made_of: whatever decides what comes out: code, versions of libraries. Another one makes it anew.
        make: writes into an empty folder.
        to: must not exist; what a test does to it stays out of the cache.
    """
    base = config.cache.mkdir("kept")
    folder = base / f"{name}-{hashlib.sha256(made_of).hexdigest()[:16]}"
    if not folder.is_dir():
        with tempfile.TemporaryDirectory(dir=base) as scratch:
            fresh = Path(scratch) / name
            fresh.mkdir()
            make(fresh)
            try:
                fresh.rename(folder)
            except OSError:  # another run was faster
                if not folder.is_dir():
                    raise
    return shutil.copytree(folder, to)
