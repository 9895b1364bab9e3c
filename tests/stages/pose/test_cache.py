"""The extraction cache is shared, append-only, and survives damage."""

import dataclasses
import multiprocessing
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from stages.pose.cache import ExtractionCache, cache_folder
from stages.pose.extractor import ExtractorSettings

SETTINGS = ExtractorSettings()


def landmarks(seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).random((5 + seed % 4, 180, 3)).astype(np.float16)
    values[0, 42:] = np.nan
    return values


def fill(folder: Path, first: int, last: int, clips_per_shard: int = 4, pause: float = 0.0) -> None:
    with ExtractionCache(SETTINGS, folder, clips_per_shard) as cache:
        for seed in range(first, last):
            cache.append(f"{seed:064d}", landmarks(seed))
            time.sleep(pause)


def test_everything_comes_back_exactly(tmp_path: Path) -> None:
    fill(tmp_path, 0, 11)
    cache = ExtractionCache(SETTINGS, tmp_path)
    assert len(cache) == 11
    for seed in reversed(range(11)):
        np.testing.assert_array_equal(cache.get(f"{seed:064d}"), landmarks(seed))
    assert f"{11:064d}" not in cache
    with pytest.raises(KeyError):
        cache.get(f"{11:064d}")


def test_other_settings_find_nothing(tmp_path: Path) -> None:
    fill(tmp_path, 0, 3)
    for change in ({"min_detection_confidence": 0.7}, {"min_tracking_confidence": 0.6}, {"max_side": 320}):
        assert len(ExtractionCache(dataclasses.replace(SETTINGS, **change), tmp_path)) == 0


def test_a_damaged_shard_costs_only_its_clips(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path, 0, 8)
    shard = sorted(tmp_path.rglob("*.parquet"))[0]
    shard.write_bytes(shard.read_bytes()[:100])
    assert len(ExtractionCache(SETTINGS, tmp_path)) == 4
    assert shard.name in caplog.text


def test_two_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    runs = [spawn.Process(target=fill, args=(tmp_path, first, first + 10)) for first in (0, 5)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    cache = ExtractionCache(SETTINGS, tmp_path)
    assert len(cache) == 15
    np.testing.assert_array_equal(cache.get(f"{7:064d}"), landmarks(7))


def test_a_killed_run_loses_at_most_one_shard(tmp_path: Path) -> None:
    run = multiprocessing.get_context("spawn").Process(target=fill, args=(tmp_path, 0, 1000, 4, 0.02))
    run.start()
    deadline = time.monotonic() + 60
    while len(list(tmp_path.rglob("[!.]*.parquet"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(run.pid, signal.SIGKILL)
    run.join()
    kept = len(ExtractionCache(SETTINGS, tmp_path))
    assert kept >= 12
    assert kept % 4 == 0


def test_the_folder_is_the_users_unless_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "elsewhere"))
    assert cache_folder() == tmp_path / "elsewhere"
    monkeypatch.delenv("ISLR_CACHE_DIR")
    assert cache_folder().name == "islr"
    assert cache_folder().is_relative_to(Path.home())
