"""What was extracted once, kept between runs, experiments and copies of the repository.

The cache stands outside of the repository and of DVC: `islr` in the user's cache folder, or where ISLR_CACHE_DIR says.
A clip is found by its key (`clip_key`), below a folder named after everything else its landmarks depend on. Shards are
only ever added, each whole or not at all, so any number of runs may share a cache and any of them may be killed.
"""

import functools
import logging
import os
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Self

import numpy as np
import platformdirs
import pyarrow as pa
import pyarrow.parquet as pq

from stages.pose.extractor import ExtractorSettings
from stages.pose.store import check_shape, landmark_arrays, landmark_column, parquet_writer
from stages.reports.files import write_json

SCHEMA = pa.schema([("sha256", pa.string()), ("landmarks", pa.list_(pa.float16()))])
OPEN_SHARDS = 8  # held in memory while reading, about 1 MB each

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """ISLR_CACHE_DIR if set, else `islr` in the platform's cache folder of the user."""
    return Path(os.environ.get("ISLR_CACHE_DIR") or platformdirs.user_cache_dir("islr", appauthor=False))


def clip_key(sha256: str, turned: str = "") -> str:
    """What a clip's landmarks are found by.

    Until pictures were turned upright, clips were found by their hash alone; those that stand upright still are.

    Args:
        sha256: hash of the clip's file.
        turned: how its pictures are turned, see VideoInfo.
    """
    return f"{sha256} turned {turned}" if turned else sha256


class ExtractionCache:
    """Landmarks by the key of the clip's file, for one set of extractor settings; a context manager.

    What `append` was given is on disk after `clips_per_shard` clips or `seconds_per_shard` seconds, and when the
    context ends, also by Ctrl-C. A kill costs what was not on disk yet.
    """

    def __init__(
        self,
        settings: ExtractorSettings,
        folder: Path | None = None,
        clips_per_shard: int = 16,
        seconds_per_shard: float = 30.0,
    ) -> None:
        self.folder = (folder or cache_folder()) / "landmarks" / settings.fingerprint
        self._settings = settings
        self._limits = (clips_per_shard, seconds_per_shard)
        self._pending: dict[str, np.ndarray] = {}
        self._written = time.monotonic()
        self._shards: dict[str, tuple[Path, int]] = {}
        for shard in sorted(self.folder.glob("*.parquet")):
            self._register(shard)
        self._load = functools.lru_cache(OPEN_SHARDS)(_read_shard)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.flush()

    def __contains__(self, key: str) -> bool:
        return key in self._shards or key in self._pending

    def __len__(self) -> int:
        return len(self._shards) + len(self._pending)

    def append(self, key: str, landmarks: np.ndarray) -> None:
        """Keep the landmarks, (frames, 180, 3), of the clip with this key."""
        check_shape(landmarks, key)
        self._pending[key] = landmarks
        clips, seconds = self._limits
        if len(self._pending) >= clips or time.monotonic() - self._written > seconds:
            self.flush()

    def get(self, key: str) -> np.ndarray:
        """Landmarks of one clip, (frames, 180, 3) float16; KeyError where they are not kept."""
        if key in self._pending:
            return self._pending[key].astype(np.float16)
        shard, row = self._shards[key]
        return self._load(shard)[row]

    def flush(self) -> None:
        """Write what is pending as one shard: a hidden file first, which then takes its name."""
        self._written = time.monotonic()
        if not self._pending:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._describe()
        name = f"{uuid.uuid4().hex}.parquet"
        hidden = self.folder / f".{name}"
        table = pa.Table.from_arrays(
            [pa.array(list(self._pending)), landmark_column(self._pending.values())], schema=SCHEMA
        )
        with parquet_writer(hidden, SCHEMA) as writer:
            writer.write_table(table)
        with hidden.open("rb") as file:
            os.fsync(file.fileno())  # or a power cut could leave the name without the contents
        hidden.rename(self.folder / name)
        self._register(self.folder / name)
        self._pending = {}

    def _describe(self) -> None:
        """Tell a person who finds the folder what it is for."""
        about = self.folder / "settings.json"
        if not about.exists():
            write_json(about, asdict(self._settings))

    def _register(self, shard: Path) -> None:
        try:
            keys = pq.read_table(shard, columns=["sha256"])["sha256"].to_pylist()
        except (OSError, pa.ArrowException, KeyError) as error:
            log.warning("%s is damaged and is passed over; its clips are extracted again (%s)", shard, error)
            return
        self._shards.update((key, (shard, row)) for row, key in enumerate(keys))


def _read_shard(shard: Path) -> list[np.ndarray]:
    return landmark_arrays(pq.read_table(shard, columns=["landmarks"])["landmarks"].combine_chunks())
