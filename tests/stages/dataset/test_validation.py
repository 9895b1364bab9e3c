"""Files that cannot be read, or hold something else, stop with a report that says what to do."""

import shutil

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.pose.store import SCHEMA
from tests.stages.validation import rewrite


def remove(name):
    def spoil(data):
        path = data / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    return spoil


def garbage(name, keep=0):
    def spoil(data):
        path = data / name
        path.write_bytes(path.read_bytes()[:keep] + b"this is not parquet")

    return spoil


def shard(change):
    """Rewrite the store's only shard through a function of its table."""

    def spoil(data):
        path = data / "landmarks" / "part-00000.parquet"
        pq.write_table(change(pq.read_table(path)), path)

    return spoil


def ragged_values(table):
    values = pa.array([[0.5] * 541] * len(table), type=pa.list_(pa.float16()))
    return table.set_column(SCHEMA.get_field_index("landmarks"), SCHEMA.field("landmarks"), values)


def empty(data):
    pq.write_table(SCHEMA.empty_table(), data / "landmarks" / "part-00000.parquet")
    pd.read_parquet(data / "manifest.parquet").iloc[:0].to_parquet(data / "manifest.parquet", index=False)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (remove("manifest.parquet"), "manifest.parquet can be read"),
        (garbage("manifest.parquet"), "manifest.parquet can be read"),
        (rewrite(signer=None), "manifest.signer"),
        (rewrite(fps="fast"), "manifest.fps"),
        (rewrite(frames=[0.5] * 90), "manifest.frames"),
        (rewrite(video_id="00001"), "Every video_id stands in the manifest once"),
        (rewrite(split="dev"), "Subsets are called train, val or test"),
        (rewrite(gloss=[None, *["book"] * 89]), "No gloss is missing"),
        (rewrite(gloss=["  ", *["book"] * 89]), "No gloss is blank"),
        (remove("landmarks"), "no landmark store"),
        (garbage("landmarks/part-00000.parquet"), "part-00000.parquet is a shard"),
        (garbage("landmarks/part-00000.parquet", keep=5000), "part-00000.parquet is a shard"),
        (shard(lambda table: table.drop_columns(["sha256"])), "sha256 is missing"),
        (shard(ragged_values), "All landmarks can be read"),
        (rewrite(video_id=[f"other{n}" for n in range(90)]), "have no landmarks"),
        (empty, "At least 20 usable clips"),
    ],
)
def test_unfit_files_stop_with_a_report(bench, spoil, says):
    code, logged = bench.run(spoil=spoil)
    assert code == 1
    assert says in logged
    assert not (bench.folder / "data" / "valid.parquet").exists()
    assert bench.metrics["passed"] is False
    assert "Stopped:" in bench.html
    assert "dvc repro" in logged or "validate." in logged  # what to do
