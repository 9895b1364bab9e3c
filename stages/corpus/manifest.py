"""The manifest: one row for each clip that may be used."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("video_id", pa.string()),
        ("gloss", pa.string()),
        ("label", pa.int32()),
        ("split", pa.string()),
        ("signer", pa.string()),
        ("source", pa.string()),
        ("archive", pa.string()),
        ("kind", pa.string()),
        ("member", pa.string()),
        ("size", pa.int64()),
        ("sha256", pa.string()),  # of the clip: of its file, or of that and its part of it
        ("part", pa.list_(pa.int32())),  # [first frame, first after] in the file; empty where the clip is all of it
        ("fps", pa.float32()),
        ("frames", pa.int32()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("turned", pa.string()),
        ("times", pa.list_(pa.float32())),
    ]
)


def to_frame(rows: list[dict]) -> pd.DataFrame:
    """Rows as a table with the manifest's columns and types."""
    return pa.Table.from_pylist(rows, schema=SCHEMA).to_pandas()


def write_manifest(clips: pd.DataFrame, path: Path) -> None:
    """Write the manifest; equal clips give equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pandas(clips, schema=SCHEMA, preserve_index=False), path, compression="zstd")


def read_manifest(path: Path) -> pd.DataFrame:
    """Read the manifest.

    Raises:
        FileNotFoundError: `ingest` has not run, or only an older one, which knew less of a clip.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist: run `dvc repro ingest`")
    table = pq.read_table(path)
    if missing := [name for name in SCHEMA.names if name not in table.column_names]:
        raise FileNotFoundError(f"{path} has no {', '.join(missing)}: run `dvc repro --force ingest`")
    return table.to_pandas()
