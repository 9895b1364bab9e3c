"""The landmark store keeps clips exactly, filters them, and is written whole or not at all."""

import hashlib
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from stages.pose.store import Clip, LandmarkStore, StoreWriter


def make_clip(index: int, frames: int = 7) -> Clip:
    generator = np.random.default_rng(index)
    landmarks = generator.uniform(-0.2, 1.2, (frames, 180, 3)).astype(np.float16)
    landmarks[generator.random(frames) < 0.3, :21] = np.nan
    gloss = ("book", "drink", "computer")[index % 3]
    return Clip(f"{index:05d}", gloss, "train", str(index % 5), "aslbrick", "ab" * 32, 29.97, 640, 360, landmarks)


def write(folder: Path, clips: int, **sizes: int) -> None:
    with StoreWriter(folder, **sizes) as writer:
        for index in range(clips):
            writer.append(make_clip(index, frames=index % 9))


def digest(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir())}


def test_round_trip_is_exact_across_shards_and_groups(tmp_path: Path) -> None:
    write(tmp_path / "store", 25, clips_per_shard=10, clips_per_group=4)
    store = LandmarkStore(tmp_path / "store")
    assert [p.name for p in store.shards] == ["part-00000.parquet", "part-00001.parquet", "part-00002.parquet"]
    clips = list(store.read())
    assert len(clips) == 25
    for index, clip in enumerate(clips):
        expected = make_clip(index, frames=index % 9)
        np.testing.assert_array_equal(clip.landmarks, expected.landmarks)
        assert clip.landmarks.dtype == np.float16
        assert (clip.video_id, clip.gloss, clip.signer, clip.width) == (
            expected.video_id,
            expected.gloss,
            expected.signer,
            640,
        )
        assert clip.fps == pytest.approx(29.97, abs=1e-4)
        assert clip.aspect == pytest.approx(640 / 360)
    summary = store.summary()
    assert summary["frames"].tolist() == [index % 9 for index in range(25)]
    assert "landmarks" not in summary.columns


def test_times_of_frames_are_kept(tmp_path: Path) -> None:
    times = (0.0, 0.04, 0.08, 0.28, 0.3, 0.5, 0.6)
    with StoreWriter(tmp_path / "store") as writer:
        writer.append(replace(make_clip(0), times=times))
        writer.append(make_clip(1))
        with pytest.raises(ValueError, match="00002 has 7 frames and 3 times"):
            writer.append(replace(make_clip(2), times=times[:3]))
    uneven, even = LandmarkStore(tmp_path / "store").read()
    assert tuple(uneven.times) == pytest.approx(times)
    assert len(even.times) == 0


def test_filters_by_video_id_and_gloss(tmp_path: Path) -> None:
    write(tmp_path / "store", 30, clips_per_shard=8, clips_per_group=3)
    store = LandmarkStore(tmp_path / "store")
    assert [c.video_id for c in store.read(video_ids=["00028", "00003", "none"])] == ["00003", "00028"]
    assert [c.video_id for c in store.read(glosses=["drink"], batch=2)] == [f"{i:05d}" for i in range(1, 30, 3)]
    assert not list(store.read(video_ids=["00003"], glosses=["drink"]))
    for index, clip in enumerate(store.read(glosses=["book"])):
        np.testing.assert_array_equal(clip.landmarks, make_clip(3 * index, frames=3 * index % 9).landmarks)


def test_same_clips_give_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", 20, clips_per_shard=6)
    write(tmp_path / "b", 20, clips_per_shard=6)
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_a_failed_write_leaves_the_old_store(tmp_path: Path) -> None:
    write(tmp_path / "store", 5)
    before = digest(tmp_path / "store")
    writer = StoreWriter(tmp_path / "store").__enter__()
    writer.append(make_clip(99))
    writer.__exit__(RuntimeError, RuntimeError("power cut"), None)
    assert digest(tmp_path / "store") == before
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_refuses_wrong_shapes_and_repeated_ids(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store") as writer:
        writer.append(make_clip(1))
        with pytest.raises(ValueError, match="twice"):
            writer.append(make_clip(1))
        wrong = Clip("x", "book", "train", "1", "", "", 25.0, 0, 0, np.zeros((3, 75, 3), np.float16))
        with pytest.raises(ValueError, match=r"\(3, 75, 3\)"):
            writer.append(wrong)


def test_an_empty_store_opens_and_a_missing_one_says_what_to_do(tmp_path: Path) -> None:
    write(tmp_path / "store", 0)
    assert not list(LandmarkStore(tmp_path / "store").read())
    assert LandmarkStore(tmp_path / "store").summary().empty
    with pytest.raises(FileNotFoundError, match="dvc repro landmarks"):
        LandmarkStore(tmp_path / "nothing")


def test_reading_holds_a_few_clips_at_a_time(tmp_path: Path) -> None:
    with StoreWriter(tmp_path / "store", clips_per_shard=200) as writer:
        for index in range(400):
            writer.append(make_clip(index, frames=60))
    total = 400 * 60 * 180 * 3 * 2
    tracemalloc.start()
    assert sum(len(c.landmarks) for c in LandmarkStore(tmp_path / "store").read()) == 400 * 60
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < total / 5
