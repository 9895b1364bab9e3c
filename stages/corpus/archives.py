"""Reads members of zips and folders in place; what cannot be trusted or read is a MemberError that says why."""

import json
import lzma
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Protocol

from stages.start import StageError

READ_ERRORS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    EOFError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
)


class ArchiveError(StageError, ValueError):
    """An archive that cannot be opened at all."""


class MemberError(StageError, ValueError):
    """A member that cannot be read, or should not be."""


@dataclass(frozen=True)
class Member:
    """One file of an archive.

    Attributes:
        name: as the archive writes it, and `read` takes it.
        size: bytes when unpacked.
        problem: why it must not be read; empty when it may.
    """

    name: str
    size: int
    problem: str = ""

    @property
    def path(self) -> PurePosixPath:
        """The name as a path; zips made on Windows may have backslashes between folders."""
        return PurePosixPath(self.name.replace("\\", "/"))


class Archive(Protocol):
    """Something that holds video files and lists: a zip or a folder."""

    path: Path

    def members(self) -> Iterator[Member]:
        """All files, in the archive's order (a folder's: by name)."""
        ...

    def read(self, name: str) -> bytes:
        """A member's bytes; raises MemberError."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


class ZipArchive:
    """A zip, read in place. Safe to read from several threads.

    Raises:
        ArchiveError: not a zip, or cut off before its end.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self._max = max_bytes
        try:
            self._zip = zipfile.ZipFile(path)
        except FileNotFoundError:
            raise ArchiveError(f"{path} does not exist: run `dvc repro fetch`") from None
        except READ_ERRORS as error:
            raise ArchiveError(f"{path} cannot be opened as a zip ({error}): is it a complete download?") from None

    def members(self) -> Iterator[Member]:
        """All files in the order of the zip; each with the reason not to read it, if there is one."""
        for info in self._zip.infolist():
            if not info.is_dir():
                yield Member(info.filename, info.file_size, self._problem(info))

    def _problem(self, info: zipfile.ZipInfo) -> str:
        if _escapes(info.orig_filename):
            return "its path leads out of the archive"
        if info.flag_bits & 0x1:
            return "it is encrypted"
        if info.file_size > self._max:
            return f"it would take {info.file_size / 2**20:.0f} MiB, more than ingest.max_clip_mb allows"
        return ""

    def read(self, name: str) -> bytes:
        """Unpack one member in memory."""
        try:
            with self._zip.open(name) as file:
                data = file.read(self._max + 1)
        except KeyError:
            raise MemberError("it is not in the archive") from None
        except READ_ERRORS as error:
            raise MemberError(f"it is damaged ({error or type(error).__name__})") from None
        if len(data) > self._max:
            raise MemberError("it unpacks to more than ingest.max_clip_mb allows")
        return data

    def close(self) -> None:
        """Close the zip."""
        self._zip.close()


class FolderArchive:
    """A folder of files, as an unpacked archive.

    Raises:
        ArchiveError: there is no such folder.
    """

    def __init__(self, path: Path, max_bytes: int) -> None:
        self.path = path
        self._max = max_bytes
        if not path.is_dir():
            raise ArchiveError(f"{path} is not a folder: run `dvc repro fetch`")

    def members(self) -> Iterator[Member]:
        """All files below the folder by name; links that lead out of it are marked."""
        root = self.path.resolve()
        for file in sorted(self.path.rglob("*")):
            if file.is_dir():
                continue
            name = file.relative_to(self.path).as_posix()
            if not file.exists():
                yield Member(name, 0, "it is a link to nothing")
            elif not file.resolve().is_relative_to(root):
                yield Member(name, 0, "its path leads out of the archive")
            else:
                size = file.stat().st_size
                yield Member(name, size, "it is larger than ingest.max_clip_mb allows" if size > self._max else "")

    def read(self, name: str) -> bytes:
        """Read one file."""
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise MemberError(f"it cannot be read ({error.strerror})") from None

    def close(self) -> None:
        """Nothing to let go of."""


@dataclass(frozen=True)
class ArchiveEntry:
    """One line of data/raw/archives.json: what `fetch` brought in."""

    path: str
    kind: str
    size: int = 0
    sha256: str = ""


def list_archives(raw: Path) -> list[ArchiveEntry]:
    """Read the list that `fetch` wrote.

    Raises:
        ArchiveError: it is missing, or not what `fetch` writes.
    """
    file = raw / "archives.json"
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        entries = [ArchiveEntry(**entry) for entry in document["archives"]]
    except FileNotFoundError:
        raise ArchiveError(f"{file} does not exist: run `dvc repro fetch`") from None
    except (ValueError, TypeError, KeyError) as error:
        raise ArchiveError(f"{file} is not a list of archives ({error}): run `dvc repro --force fetch`") from None
    if not entries:
        raise ArchiveError(f"{file} lists no archive: check fetch.source in params.yaml")
    return entries


def open_archive(path: str, kind: str, max_bytes: int) -> Archive:
    """Open a zip or a folder by the kind that archives.json gives."""
    if kind == "zip":
        return ZipArchive(Path(path), max_bytes)
    if kind == "folder":
        return FolderArchive(Path(path), max_bytes)
    raise ArchiveError(f"{path} has the kind {kind!r}; known are zip, folder and npz")


def _escapes(name: str) -> bool:
    """Whether a member's name is absolute or climbs out of its archive, on any system."""
    name = name.replace("\\", "/")
    return name.startswith("/") or name[1:2] == ":" or ".." in name.split("/") or "\0" in name
