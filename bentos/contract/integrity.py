"""The fingerprint of a version: a manifest with the SHA-256 of each of its files.

Whoever writes a version seals its folder last; whoever loads one verifies it first, before any of its code runs. The
registry keeps the SHA-256 of the manifest as a tag, so that files which were sealed anew are noticed as well.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, ValidationError

MANIFEST = "manifest.json"
TAG = "islr.manifest"  # of a registered version: the SHA-256 of its manifest
Stamps = dict[str, tuple[int, int, int] | None]
_MEND = "register it anew: `python -m stages.register seal VERSION`"


class ModelError(Exception):
    """A model that must not serve; the message says why."""


def _inside(path: str) -> str:
    place = PurePosixPath(path)
    if place.is_absolute() or ".." in place.parts or not place.parts:
        raise ValueError("a file lies outside the folder")
    return path


class Manifest(BaseModel):
    """What manifest.json says: the SHA-256 of each file, by its path below the folder."""

    format: Literal[1] = 1
    files: dict[Annotated[str, AfterValidator(_inside)], Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]


def seal(folder: Path) -> str:
    """Write the manifest of a folder's files; returns the fingerprint.

    Args:
        folder: with all files of a version; compiled code and hidden files are no part of it.
    """
    files = {path.relative_to(folder).as_posix(): _sha256(path) for path in sorted(_files(folder))}
    (folder / MANIFEST).write_text(json.dumps(Manifest(files=files).model_dump(), indent=1) + "\n", encoding="utf-8")
    return fingerprint(folder)


def fingerprint(folder: Path) -> str:
    """The SHA-256 of a sealed folder's manifest; equal names and contents of files give an equal one."""
    return _sha256(folder / MANIFEST)


def verify(folder: Path, registered: str | None = None) -> Path:
    """Compare a version's files with its manifest, and that with what was registered.

    Args:
        folder: holds the version's files, at any depth.
        registered: the fingerprint that the registry holds, "" if it holds none; None: there is no registry to ask.

    Returns:
        The folder that was sealed, in which each file is as it was.

    Raises:
        ModelError: a file is missing, is another one, or was not sealed with the others.
    """
    if registered == "":
        raise ModelError(f"the registry has no fingerprint of its files, as of versions from before: {_MEND}")
    found = min(folder.rglob(MANIFEST), key=lambda path: (len(path.parts), str(path)), default=None)
    if found is None:
        raise ModelError(f"it holds no {MANIFEST}, as versions from before: {_MEND}")
    home = found.parent
    files = _read(home).files
    if registered and fingerprint(home) != registered:
        raise ModelError("its files are not those that were registered: their fingerprints differ")
    there = {path.relative_to(home).as_posix() for path in _files(home)}
    for path, digest in files.items():
        if path not in there:
            raise ModelError(f"its {path} is missing")
        if _sha256(home / path) != digest:
            raise ModelError(f"its {path} is not the file that was registered: their fingerprints differ")
    if added := sorted(there - files.keys()):
        raise ModelError(f"its {added[0]} was not registered with it")
    return home


def stamps(home: Path) -> Stamps:
    """Number, size and time of change of each file of a sealed folder, None where it is gone: cheap to compare."""
    try:
        files = [MANIFEST, *_read(home).files]
    except ModelError:
        return {MANIFEST: None}
    return {path: _stamp(home / path) for path in files}


def unchanged(home: Path, before: Stamps) -> bool:
    """Whether the files of a folder have these stamps still."""
    return all(_stamp(home / path) == stamp for path, stamp in before.items())


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_size, found.st_mtime_ns


def _read(home: Path) -> Manifest:
    try:
        return Manifest.model_validate_json((home / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        said = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error
        raise ModelError(f"its {MANIFEST} cannot be read: {said}") from None


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        parts = path.relative_to(folder).parts
        if path.is_file() and parts != (MANIFEST,) and not any(p == "__pycache__" or p[0] == "." for p in parts):
            yield path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
