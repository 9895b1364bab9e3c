"""Reads single clips where the manifest says they are, keeping archives open between them."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from stages.corpus.archives import Archive, open_archive
from stages.corpus.imported import ImportedLandmarks
from stages.pose.excerpt import Excerpt, Footage


class ClipReader:
    """Reads videos and imported landmarks by the manifest's columns; a context manager."""

    def __init__(self, max_clip_mb: int = 2048) -> None:
        self._max_bytes = max_clip_mb * 2**20
        self._open: dict[str, Archive] = {}
        self._imported: dict[str, ImportedLandmarks] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for archive in self._open.values():
            archive.close()
        for imported in self._imported.values():
            imported.close()
        self._open, self._imported = {}, {}

    def video(self, archive: str, kind: str, member: str, part: Sequence[int] = ()) -> Footage:
        """One clip: a video file, or the frames `part` of it; MemberError or ArchiveError where it cannot be read."""
        if archive not in self._open:
            self._open[archive] = open_archive(archive, kind, self._max_bytes)
        data = self._open[archive].read(member)
        return Excerpt(data, *map(int, part)) if len(part) else data

    def landmarks(self, archive: str, member: str) -> np.ndarray:
        """One clip, (frames, 180, 3) float16, of an imported file; best asked for in the file's order."""
        if archive not in self._imported:
            self._imported[archive] = ImportedLandmarks(archive)
        return self._imported[archive].read(member)
