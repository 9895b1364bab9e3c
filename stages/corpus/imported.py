"""Reads landmarks that somebody else extracted, from `.npz` files without pickles.

A file holds `frames` (F, 180, 3) float16 or float32 with NaN = not seen, `offsets` (N + 1,) integers (clip i is
frames[offsets[i]:offsets[i + 1]]), `video_id`, `gloss` and `split` (N,) strings, `fps` (N,) frames a second, and
optionally `aspect` (N,), width / height of the picture. Frames are read clip by clip straight from the zip that an
`.npz` is, so that memory holds one clip, whatever the file's size.
"""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from tqdm import tqdm

from bentos.contract.glosses import gloss_fault, name_fault
from bentos.contract.skeleton import NUM_LANDMARKS
from stages.corpus.archives import READ_ERRORS, ArchiveError, MemberError
from stages.corpus.lists.listing import SPLITS

TEXT = ("video_id", "gloss", "split")
REQUIRED = ("frames", "offsets", *TEXT, "fps")
DEFAULT_ASPECT = 4 / 3  # of a picture whose shape the file does not tell
HEIGHT = 480  # pixels that stand for a picture of which only the aspect is known
MAX_FPS = 1000.0
MAX_FLOAT16 = 65504.0  # clips go on as float16, where a larger number would be infinite
TAKEN = "already, which is taken"  # ends the line of a clip that is fine, but not the first of its name
UNREADABLE = (*READ_ERRORS, KeyError, MemoryError)


@dataclass(frozen=True)
class ImportedClip:
    """What a file tells of one clip; `start` and `stop` are its frames in the file, `aspect` is width / height."""

    video_id: str
    gloss: str
    split: str
    fps: float
    aspect: float
    start: int
    stop: int

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return self.stop - self.start


class ImportedLandmarks:
    """One opened file; `clips` tells what is in it, `read` gets one clip's landmarks.

    Args:
        path: the `.npz` file.

    Raises:
        ArchiveError: the file is no `.npz` of this format; the message says what is wrong and what is right.
    """

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._stream: IO[bytes] | None = None
        self._at = 0  # the frame that the stream is at
        try:
            self._zip = zipfile.ZipFile(self.path)
        except FileNotFoundError:
            raise ArchiveError(f"{self.path} does not exist") from None
        except UNREADABLE as error:
            raise ArchiveError(f"{self.path.name} is not an .npz file, or is cut off: {error}") from None
        try:
            self._shape, self._dtype = self._open_frames()
            columns = {name: self._array(name) for name in self._names() if name != "frames"}
            self.clips = _clips(columns, self._shape[0])
        except ArchiveError as error:
            self.close()
            raise ArchiveError(f"{self.path.name}: {error}") from None
        self._by_id = {clip.video_id: clip for clip in self.clips}

    def read(self, video_id: str) -> np.ndarray:
        """One clip's landmarks; clips read in the file's order cost one pass through it.

        Returns:
            (frames, 180, 3) float16, NaN = not seen.

        Raises:
            MemberError: there is no such clip, its bytes are damaged, or a coordinate is infinite or beyond float16.
        """
        clip = self._by_id.get(video_id)
        if clip is None:
            raise MemberError(f"{self.path.name} has no clip {video_id}")
        width = NUM_LANDMARKS * 3 * self._dtype.itemsize
        try:
            if self._stream is None or self._at > clip.start:
                self._open_frames()
            data = _read(self._stream, (clip.start - self._at) * width, clip.frames * width)
        except UNREADABLE as error:
            self._stream = None
            raise MemberError(f"the frames of {video_id} cannot be read: {error}") from None
        if len(data) < clip.frames * width:
            self._stream = None
            raise MemberError(f"the frames of {video_id} are cut off")
        self._at = clip.stop
        landmarks = np.frombuffer(data, self._dtype).reshape(-1, NUM_LANDMARKS, 3)
        beyond = np.abs(landmarks) > MAX_FLOAT16
        if beyond.any():
            frame, point, _ = np.argwhere(beyond)[0]
            raise MemberError(
                f"{video_id} is not finite at frame {frame}, point {point}: write NaN for what is not seen"
            )
        return landmarks.astype(np.float16)

    def close(self) -> None:
        """Let go of the file."""
        if self._stream is not None:
            with suppress(*UNREADABLE):
                self._stream.close()
            self._stream = None
        self._zip.close()

    def _names(self) -> list[str]:
        held = [Path(name).stem for name in self._zip.namelist()]
        if missing := [name for name in REQUIRED if name not in held]:
            raise ArchiveError(f"has no {', '.join(missing)}; there must be {', '.join(REQUIRED)}, and aspect if known")
        return [name for name in (*REQUIRED, "aspect") if name in held]

    def _open_frames(self) -> tuple[tuple[int, ...], np.dtype]:
        """Start to read the frames at the first one; their shape and type."""
        self._names()
        try:
            self._stream, self._at = self._zip.open("frames.npy"), 0
            version = np.lib.format.read_magic(self._stream)
            reader = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, fortran, dtype = reader(self._stream)
        except UNREADABLE as error:
            raise ArchiveError(f"frames cannot be read: {error}") from None
        if len(shape) != 3 or shape[1:] != (NUM_LANDMARKS, 3) or dtype.kind != "f" or dtype.itemsize > 4 or fortran:
            raise ArchiveError(
                f"frames is {dtype} {shape}{' in Fortran order' if fortran else ''}; it must be float16 or float32 "
                f"(frames, {NUM_LANDMARKS}, 3) in C order"
            )
        return shape, dtype

    def _array(self, name: str) -> np.ndarray:
        """A small member; arrays of objects, which would need pickles, are refused."""
        try:
            with self._zip.open(f"{name}.npy") as file:
                return np.lib.format.read_array(file, allow_pickle=False)
        except UNREADABLE as error:
            hint = "; save texts as NumPy strings, not as objects" if "allow_pickle" in str(error) else ""
            raise ArchiveError(f"{name} cannot be read: {error}{hint}") from None


def manifest_rows(paths: list[Path]) -> Iterator[tuple[dict | None, str]]:
    """Read every clip of several files once, and merge them.

    Of clips with the same video_id the first is taken, files going by the order of `paths`; a gloss's label is the
    order in which it first appears.

    Yields:
        for each clip its row of the manifest and "", or None and one line on why it is left out.

    Raises:
        ArchiveError: a file is not of this format.
    """
    labels: dict[str, int] = {}
    taken: dict[str, str] = {}
    for path in paths:
        file = ImportedLandmarks(path)
        try:
            for clip in tqdm(file.clips, file.path.name, unit="clip", mininterval=1, disable=None):
                label = labels.setdefault(clip.gloss, len(labels))
                if clip.video_id in taken:
                    yield None, f"{file.path.name}: {clip.video_id} is in {taken[clip.video_id]} {TAKEN}"
                    continue
                try:
                    if not clip.frames:
                        raise MemberError(f"{clip.video_id} has no frames")
                    data = file.read(clip.video_id).tobytes()
                except MemberError as error:
                    yield None, f"{file.path.name}: {error}"
                    continue
                taken[clip.video_id] = file.path.name
                yield _row(clip, label, str(path), data), ""
        finally:
            file.close()


def _read(stream: IO[bytes] | None, skip: int, count: int) -> bytes:
    while stream and skip > 0 and (got := len(stream.read(min(skip, 1 << 20)))):
        skip -= got
    return stream.read(count) if stream else b""


def _row(clip: ImportedClip, label: int, path: str, data: bytes) -> dict:
    return {
        "video_id": clip.video_id,
        "gloss": clip.gloss,
        "label": label,
        "split": clip.split,
        "signer": "",
        "source": Path(path).stem,
        "archive": path,
        "kind": "npz",
        "member": clip.video_id,
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "fps": clip.fps,
        "frames": clip.frames,
        "width": round(HEIGHT * clip.aspect),
        "height": HEIGHT,
        "turned": "",
        **dict.fromkeys(("part", "times"), ()),
    }


def _clips(columns: dict[str, np.ndarray], frames: int) -> list[ImportedClip]:
    """Check all but the frames, and put it together by clip."""
    offsets, count = columns["offsets"], len(columns["video_id"]) if columns["video_id"].ndim else 0
    if offsets.dtype.kind not in "iu" or offsets.shape != (count + 1,):
        raise ArchiveError(
            f"offsets is {offsets.dtype} {offsets.shape}; for {count} clips it must be int64 ({count + 1},)"
        )
    offsets = offsets.astype(np.int64)
    if offsets[0] != 0 or offsets[-1] != frames or (np.diff(offsets) < 0).any():
        raise ArchiveError(f"offsets must rise from 0 to the number of frames, {frames}; it goes to {offsets[-1]}")
    for name in TEXT:
        if columns[name].dtype.kind != "U" or columns[name].shape != (count,):
            raise ArchiveError(f"{name} is {columns[name].dtype} {columns[name].shape}; it must be strings ({count},)")
    known = columns.setdefault("aspect", np.full(count, DEFAULT_ASPECT))
    if known.dtype.kind == "f":  # NaN where a clip's is not known, as of clips that people corrected
        columns["aspect"] = np.where(np.isnan(known), DEFAULT_ASPECT, known)
    for name, largest in (("fps", MAX_FPS), ("aspect", 10.0)):
        if columns[name].dtype.kind not in "fiu" or columns[name].shape != (count,):
            raise ArchiveError(f"{name} is {columns[name].dtype} {columns[name].shape}; it must be float32 ({count},)")
        if not ((columns[name] > 0) & (columns[name] <= largest)).all():
            raise ArchiveError(f"{name} must be above 0 and at most {largest:g}")
    _check_text(columns)
    values = (columns[name].tolist() for name in (*TEXT, "fps", "aspect"))
    return [ImportedClip(*clip) for clip in zip(*values, offsets[:-1].tolist(), offsets[1:].tolist(), strict=True)]


def _check_text(columns: dict[str, np.ndarray]) -> None:
    if unknown := sorted(set(columns["split"].tolist()) - set(SPLITS)):
        raise ArchiveError(f"split may be {', '.join(SPLITS)}; found {', '.join(map(repr, unknown[:5]))}")
    faults = [gloss_fault(gloss) for gloss in np.unique(columns["gloss"]).tolist()]
    for video_id in columns["video_id"].tolist():
        faults.append(name_fault(video_id, "video_id") if video_id.strip() else "a video_id is empty")
    if fault := next(filter(None, faults), ""):
        raise ArchiveError(fault)
    ids, counts = np.unique(columns["video_id"], return_counts=True)
    if (counts > 1).any():
        raise ArchiveError(f"video_id {ids[counts > 1][0]!r} is there {counts.max()} times; each clip needs its own")
