"""What a worker does with one clip."""

import faulthandler
import time
from unittest import mock

import numpy as np
import pytest

from stages.pose import task
from stages.pose.extractor import ExtractorSettings
from stages.pose.task import SettingsError, extract_clip

SETTINGS = ExtractorSettings()


def slow():
    """A decoder that delivers, but not in time."""
    while True:
        time.sleep(0.1)
        yield np.zeros((64, 64, 3), np.uint8)


def test_a_slow_clip_is_given_up() -> None:
    with mock.patch.object(task, "decode", return_value=slow()):
        landmarks, problem = in_this_process(timeout_s=0.3)
    assert landmarks is None
    assert "not done after" in problem


def test_a_worker_of_another_version_is_refused() -> None:
    with pytest.raises(SettingsError, match="another version"):
        extract_clip(b"", SETTINGS, "0" * 16, 1.0)


def in_this_process(timeout_s: float) -> tuple:
    """Run the worker's function here, keeping this process's standard error and its life."""
    with (
        mock.patch.object(task, "_silence_native_log"),
        mock.patch.object(faulthandler, "dump_traceback_later"),
    ):
        return extract_clip(b"", SETTINGS, SETTINGS.fingerprint, timeout_s)
