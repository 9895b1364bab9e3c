"""The landmark store: one row a clip in Parquet shards, written whole or not at all, read in bounded memory."""

import logging
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bentos.contract.skeleton import NUM_LANDMARKS

log = logging.getLogger(__name__)

SCHEMA = pa.schema(
    [
        ("video_id", pa.string()),
        ("gloss", pa.string()),
        ("split", pa.string()),
        ("signer", pa.string()),
        ("source", pa.string()),
        ("sha256", pa.string()),
        ("fps", pa.float32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("times", pa.list_(pa.float32())),
        ("frames", pa.int32()),
        ("landmarks", pa.list_(pa.float16())),
    ]
)


@dataclass(frozen=True)
class Clip:
    """One clip of the store.

    Attributes:
        landmarks: (frames, 180, 3) float16, x and y as fractions of the picture, NaN = not seen.
        split: "train", "val" or "test" of the official split.
        source: where the recording comes from (WLASL: the web site).
        sha256: hash of the video file (and of which part of it), or of the landmarks where they were imported.
        fps: frames a second of the recording, on average.
        width, height: of the picture in pixels; 0 where unknown.
        times: seconds of each frame from the first on, where they are not evenly spaced, else empty.
    """

    video_id: str
    gloss: str
    split: str
    signer: str
    source: str
    sha256: str
    fps: float
    width: int
    height: int
    landmarks: np.ndarray
    times: Sequence[float] = ()

    @property
    def aspect(self) -> float:
        """Width divided by height; 1.0 where the size is unknown."""
        return self.width / self.height if self.width > 0 and self.height > 0 else 1.0


class StoreWriter:
    """Writes a store, replacing what stood in its folder only when all is written.

    Shards go to a hidden folder beside the target, which takes the target's place by a rename on a clean exit. An
    exception, or a killed process, leaves the old store as it was. Equal clips in equal order give equal bytes.

    Raises:
        ValueError: from `append`, for landmarks that are not (frames, 180, 3), times that are not as many, or a
            video_id written before.
    """

    def __init__(self, folder: str | Path, clips_per_shard: int = 512, clips_per_group: int = 32) -> None:
        self.folder = Path(folder)
        self.clips = 0
        self._shard_size = clips_per_shard
        self._group_size = min(clips_per_group, clips_per_shard)
        self._seen: set[str] = set()
        self._rows: list[Clip] = []
        self._parquet: pq.ParquetWriter | None = None
        self._in_shard = self._shards = 0
        self._building = self.folder.with_name(f".{self.folder.name}.{os.getpid()}.building")

    def __enter__(self) -> "StoreWriter":
        shutil.rmtree(self._building, ignore_errors=True)
        self._building.mkdir(parents=True)
        return self

    def append(self, clip: Clip) -> None:
        """Add one clip; its landmarks are stored as float16."""
        check_shape(clip.landmarks, clip.video_id)
        if len(clip.times) not in (0, len(clip.landmarks)):
            raise ValueError(f"{clip.video_id} has {len(clip.landmarks)} frames and {len(clip.times)} times")
        if clip.video_id in self._seen:
            raise ValueError(f"video_id {clip.video_id} is in the store twice")
        self._seen.add(clip.video_id)
        self._rows.append(clip)
        self.clips += 1
        if len(self._rows) >= self._group_size:
            self._write_group()

    def _write_group(self) -> None:
        if not self._rows and self._shards:
            return
        if self._parquet is None:
            self._parquet = parquet_writer(self._building / f"part-{self._shards:05d}.parquet", SCHEMA)
            self._shards += 1
        self._parquet.write_table(_table(self._rows))
        self._in_shard += len(self._rows)
        self._rows = []
        if self._in_shard >= self._shard_size:
            self._close_shard()

    def _close_shard(self) -> None:
        if self._parquet is not None:
            self._parquet.close()
        self._parquet, self._in_shard = None, 0

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, _: TracebackType | None) -> None:
        try:
            if kind is None:
                self._write_group()
            self._close_shard()
            if kind is None:
                shutil.rmtree(self.folder, ignore_errors=True)
                self._building.rename(self.folder)
        finally:
            shutil.rmtree(self._building, ignore_errors=True)


class LandmarkStore:
    """Reads a folder of `part-*.parquet` shards.

    Raises:
        FileNotFoundError: the folder holds no shard.
    """

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.shards = sorted(self.folder.glob("part-*.parquet"))
        if not self.shards:
            raise FileNotFoundError(f"no landmark store in {self.folder}: run `dvc repro landmarks`")

    def summary(self) -> pd.DataFrame:
        """All columns but the landmarks, one row a clip, in the store's order."""
        columns = [name for name in SCHEMA.names if name != "landmarks"]
        return pa.concat_tables(pq.read_table(shard, columns=columns) for shard in self.shards).to_pandas()

    def read(
        self, video_ids: Iterable[str] | None = None, glosses: Iterable[str] | None = None, batch: int = 16
    ) -> Iterator[Clip]:
        """Yield clips in the store's order; at most one row group (32 clips, a few MB) is in memory at a time.

        Args:
            video_ids: only these; names that the store does not hold are passed over.
            glosses: only clips of these.
            batch: how many rows are decoded at once.
        """
        wanted = None if video_ids is None else set(video_ids)
        labels = None if glosses is None else set(glosses)
        for shard in self.shards:
            with pq.ParquetFile(shard) as file:
                for group in self._groups(file, wanted, labels):
                    for rows in file.iter_batches(batch_size=batch, row_groups=[group]):
                        yield from _clips(rows, wanted, labels)

    def _groups(self, file: pq.ParquetFile, wanted: set[str] | None, labels: set[str] | None) -> list[int]:
        """Row groups that hold at least one clip asked for."""
        every = range(file.num_row_groups)
        if wanted is None and labels is None:
            return list(every)
        keys = [file.read_row_group(group, columns=["video_id", "gloss"]).to_pydict() for group in every]
        return [
            group
            for group, k in zip(every, keys, strict=True)
            if any(_matches(v, g, wanted, labels) for v, g in zip(k["video_id"], k["gloss"], strict=True))
        ]


def check_shape(landmarks: np.ndarray, name: str) -> None:
    """Refuse what is not (frames, 180, 3) with a ValueError that names the clip."""
    if landmarks.ndim != 3 or landmarks.shape[1:] != (NUM_LANDMARKS, 3):
        raise ValueError(f"landmarks of {name} have shape {landmarks.shape}, not (frames, {NUM_LANDMARKS}, 3)")


def parquet_writer(path: Path, schema: pa.Schema) -> pq.ParquetWriter:
    """A Parquet writer with the compression that suits landmarks: bytes of a kind side by side, then zstd."""
    return pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        compression_level=6,
        use_dictionary=[name for name in schema.names if pa.types.is_string(schema.field(name).type)],
        use_byte_stream_split=["landmarks.list.element"],
        store_schema=True,
    )


def landmark_column(clips: Iterable[np.ndarray]) -> pa.ListArray:
    """Landmark arrays as one list<float16> column, each (frames, 180, 3) flattened in C order."""
    arrays = [np.ascontiguousarray(landmarks, dtype=np.float16).reshape(-1) for landmarks in clips]
    offsets = np.cumsum([0, *(a.size for a in arrays)], dtype=np.int32)
    values = np.concatenate(arrays) if arrays else np.empty(0, np.float16)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(values, type=pa.float16()))


def landmark_arrays(column: pa.ListArray) -> list[np.ndarray]:
    """The inverse of `landmark_column`: a list of (frames, 180, 3) float16 views into the column."""
    values = column.values.to_numpy(zero_copy_only=False)
    bounds = zip(column.offsets.to_numpy()[:-1], column.offsets.to_numpy()[1:], strict=True)
    return [values[low:high].reshape(-1, NUM_LANDMARKS, 3) for low, high in bounds]


def _table(clips: list[Clip]) -> pa.Table:
    columns = {name: [getattr(clip, name) for clip in clips] for name in SCHEMA.names[:-2]}
    arrays = [pa.array(columns[name], type=SCHEMA.field(name).type) for name in SCHEMA.names[:-2]]
    frames = pa.array([len(clip.landmarks) for clip in clips], type=pa.int32())
    return pa.Table.from_arrays([*arrays, frames, landmark_column(c.landmarks for c in clips)], schema=SCHEMA)


def _matches(video_id: str, gloss: str, wanted: set[str] | None, labels: set[str] | None) -> bool:
    return (wanted is None or video_id in wanted) and (labels is None or gloss in labels)


def _clips(rows: pa.RecordBatch, wanted: set[str] | None, labels: set[str] | None) -> Iterator[Clip]:
    fields = rows.drop_columns(["landmarks", "frames"]).to_pylist()
    for row, landmarks in zip(fields, landmark_arrays(rows["landmarks"]), strict=True):
        if _matches(row["video_id"], row["gloss"], wanted, labels):
            yield Clip(**row, landmarks=landmarks.copy())  # a copy, so that a kept clip does not keep its batch
