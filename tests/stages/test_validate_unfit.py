"""validate on data that is not fit to train on: it stops, after a report that says why and what to do."""

import shutil
from dataclasses import replace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stages.pose.store import SCHEMA
from tests.stages import corpora
from tests.stages.validation import Bench, hands_only, infinite, mirrored, swapped, without_hands, zero_hands


@pytest.fixture
def bench(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, caplog)


def rewrite(**changes):
    """Change columns of the manifest; None removes one."""

    def spoil(data):
        table = pd.read_parquet(data / "manifest.parquet")
        for name, value in changes.items():
            table = table.drop(columns=name) if value is None else table.assign(**{name: value})
        table.to_parquet(data / "manifest.parquet", index=False)

    return spoil


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


def same_content(clips):
    return [replace(clips[0], sha256=clips[4].sha256), *clips[1:]]


def infinite_everywhere(clips):
    return [infinite(clip) for clip in clips]


def no_hands(clips):
    return [without_hands(clip) for clip in clips]


def one_gloss(clips):
    return [replace(clip, gloss="book") for clip in clips]


def each(change, *more):
    """Change all clips, by one function after the other."""

    def spoil(clips):
        for way in (change, *more):
            clips = [way(clip) for clip in clips]
        return clips

    return spoil


def no_train(clips):
    return [replace(clip, split="val") for clip in clips]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (same_content, "No clip (same content) is in two subsets (1 of 89; found 2; 00000 + 00004)"),
        (infinite_everywhere, "had to be excluded"),
        (no_hands, "Hands are seen in at least 40% of all frames"),
        (one_gloss, "At least 2 glosses (found 1)"),
        (each(zero_hands), "What was not seen is NaN, not 0 or another constant (90 of 90"),
        (each(swapped), "Hands are at their own wrists (90 of 90"),
        (each(mirrored), "The left shoulder is on the picture's right (90 of 90"),
        (each(swapped, hands_only), "Most clips have their thumbs where hands of their side have them (found 0)"),
        (each(mirrored, hands_only), "Most clips have their thumbs where hands of their side have them (found 0)"),
        (no_train, "There are train clips (found 0)"),
        (lambda clips: clips[:10], "At least 20 usable clips (found 10)"),
    ],
)
def test_unfit_clips_stop_with_a_report(bench, spoil, says):
    code, logged = bench.run(spoil(corpora.clips()))
    assert code == 1
    assert says in logged
    assert "Stopped:" in bench.html
    assert not (bench.folder / "data" / "valid.parquet").exists()


def test_a_failure_leaves_no_list_of_an_earlier_run(bench):
    code, _ = bench.run()
    assert code == 0
    assert (bench.folder / "data" / "valid.parquet").exists()
    code, _ = bench.run(spoil=rewrite(split="dev"))
    assert code == 1
    assert not (bench.folder / "data" / "valid.parquet").exists()
