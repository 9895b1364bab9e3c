"""Clips of different lengths in one memory-mapped folder.

A folder holds `frames.npy` (F, 180, 3) float16 with NaN = not seen, `offsets.npy` (N + 1,) int64, `labels.npy` (N,)
int32 and `clips.parquet` (video_id, gloss, split, signer, source, fps, aspect, variant; variant 0 = the original).
Clip i is frames[offsets[i]:offsets[i + 1]]. Frames are never read before they are asked for, so a corpus may be
larger than memory.
"""

import shutil
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from bentos.contract.skeleton import NUM_LANDMARKS

COLUMNS = ("video_id", "gloss", "split", "signer", "source", "fps", "aspect", "variant")
FRAME_SHAPE = (NUM_LANDMARKS, 3)


class RaggedClips:
    """Clips of different lengths, read on demand.

    Attributes:
        labels: (N,) int32, index into the list of glosses.
        lengths: (N,) int64, frames of each clip.
        aspects: (N,) float32, width / height of each clip's picture.
        clips: N rows, what is known of each clip.
    """

    def __init__(self, frames: np.ndarray, starts: np.ndarray, lengths: np.ndarray, labels: np.ndarray, clips: Any):
        self.frames, self.starts, self.lengths, self.labels = frames, starts, lengths, labels
        self.clips = clips.reset_index(drop=True)
        self.aspects = self.clips["aspect"].to_numpy(np.float32)

    @classmethod
    def open(cls, folder: str | Path) -> Self:
        """Open a folder without reading its frames.

        Raises:
            FileNotFoundError: a file is missing; the message says which and what to run.
            ValueError: the files do not fit each other.
        """
        folder = Path(folder)
        for name in ("frames.npy", "offsets.npy", "labels.npy", "clips.parquet"):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder / name} is missing: run the stage that writes {folder} again")
        offsets, labels = np.load(folder / "offsets.npy"), np.load(folder / "labels.npy")
        frames = np.load(folder / "frames.npy", mmap_mode="r") if offsets[-1] else np.empty((0, *FRAME_SHAPE), "f2")
        clips = pd.read_parquet(folder / "clips.parquet")
        if not len(offsets) - 1 == len(labels) == len(clips) or offsets[-1] != len(frames):
            raise ValueError(f"{folder}: frames, offsets, labels and clips do not fit each other; write them again")
        return cls(frames, offsets[:-1], np.diff(offsets), labels, clips)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> np.ndarray:
        """(frames, 180, 3) float16, a view of the file."""
        return self.frames[self.starts[index] : self.starts[index] + self.lengths[index]]

    def subset(self, indices: np.ndarray) -> Self:
        """The clips at `indices` (positions or booleans), in that order; frames stay where they are."""
        indices = np.asarray(indices)
        if indices.dtype == bool:
            indices = np.flatnonzero(indices)
        return type(self)(
            self.frames, self.starts[indices], self.lengths[indices], self.labels[indices], self.clips.iloc[indices]
        )


class RaggedWriter:
    """Write such a folder clip by clip in constant memory; nothing is there until it is complete.

    Use as a context manager: the folder appears, whole, when the block ends without an error.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        self._part = self.folder.with_name(self.folder.name + ".part")
        shutil.rmtree(self._part, ignore_errors=True)
        self._part.mkdir(parents=True)
        self._file = (self._part / "frames.npy").open("wb")
        self._header(0)
        self._lengths: list[int] = []
        self._labels: list[int] = []
        self._rows: list[dict] = []

    def _header(self, frames: int) -> int:
        """Write the header; NumPy leaves room in it for the first axis to grow, so that it can be written again."""
        self._file.seek(0)
        shape = (frames, *FRAME_SHAPE)
        np.lib.format.write_array_header_1_0(self._file, {"descr": "<f2", "fortran_order": False, "shape": shape})
        return self._file.tell()

    def add(self, landmarks: np.ndarray, label: int, **row: Any) -> None:
        """Add one clip.

        Args:
            landmarks: (frames, 180, 3) float, NaN = not seen.
            label: index of its gloss.
            row: one value for each of `COLUMNS`.

        Raises:
            ValueError: wrong shape or columns.
        """
        if landmarks.ndim != 3 or landmarks.shape[1:] != FRAME_SHAPE:
            raise ValueError(f"landmarks must be (frames, {NUM_LANDMARKS}, 3), not {landmarks.shape}")
        if set(row) != set(COLUMNS):
            raise ValueError(f"a clip needs exactly the columns {COLUMNS}, not {tuple(row)}")
        self._file.write(np.ascontiguousarray(landmarks, "<f2").tobytes())
        self._lengths.append(len(landmarks))
        self._labels.append(label)
        self._rows.append(row)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if kind is not None:
            self._file.close()
            shutil.rmtree(self._part, ignore_errors=True)
            return
        offsets = np.concatenate([[0], np.cumsum(self._lengths)]).astype(np.int64)
        self._header(int(offsets[-1]))
        self._file.close()
        np.save(self._part / "offsets.npy", offsets)
        np.save(self._part / "labels.npy", np.asarray(self._labels, np.int32))
        pd.DataFrame(self._rows, columns=list(COLUMNS)).to_parquet(self._part / "clips.parquet", index=False)
        shutil.rmtree(self.folder, ignore_errors=True)
        self._part.rename(self.folder)
