"""A fresh folder in which `validate` is run on made-up corpora, and ways to break a clip."""

import json
import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from bentos.contract.skeleton import HANDS
from stages import validate
from tests.stages import corpora

BASE = Path(__file__).resolve().parents[2] / "data" / "base"  # with it, clips are compared with each other
PARAMS = "validate:\n  min_clips: 20\n"


class Bench:
    """Runs the stage in `folder`, which must be the working directory; the last run's results are its attributes."""

    def __init__(self, folder, caplog):
        self.folder, self._caplog = folder, caplog

    def run(self, clips=None, listed=None, params="", spoil=None):
        """Write a corpus, spoil its files, validate; gives the exit code and what was logged."""
        corpora.write(self.folder, corpora.clips() if clips is None else clips, listed)
        (self.folder / "params.yaml").write_text(PARAMS + params)
        if spoil:
            spoil(self.folder / "data")
        self._caplog.clear()
        with self._caplog.at_level(logging.INFO):
            try:
                validate.main()
                code = 0
            except SystemExit as stop:
                code = stop.code
        return code, self._caplog.text

    @property
    def metrics(self):
        return json.loads((self.folder / "reports" / "validation.json").read_text())

    @property
    def valid(self):
        return pd.read_parquet(self.folder / "data" / "valid.parquet")

    @property
    def html(self):
        return (self.folder / "reports" / "validation.html").read_text(encoding="utf-8")


def infinite(clip):
    broken = clip.landmarks.copy()
    broken[3, 60, 1] = np.inf
    return replace(clip, landmarks=broken)


def out_of_range(clip):
    return replace(clip, landmarks=clip.landmarks * np.float16(640))


def too_short(clip):
    return replace(clip, landmarks=clip.landmarks[:3])


def no_rate(clip):
    return replace(clip, fps=float("nan"))


def odd_rate(clip):
    return replace(clip, fps=1000.0)


def other_gloss(clip):
    return replace(clip, gloss="tree")


def without_hands(clip):
    unseen = clip.landmarks.copy()
    unseen[:, HANDS] = np.nan
    return replace(clip, landmarks=unseen)


def zero_hands(clip):
    return replace(clip, landmarks=np.nan_to_num(clip.landmarks))


def swapped(clip):
    points = clip.landmarks
    return replace(clip, landmarks=np.concatenate([points[:, 21:42], points[:, :21], points[:, 42:]], axis=1))


def mirrored(clip):
    return replace(clip, landmarks=clip.landmarks * np.float16([-1, 1, 1]) + np.float16([1, 0, 0]))


def hands_only(clip):
    points = clip.landmarks.copy()
    points[:, HANDS.stop :] = np.nan
    return replace(clip, landmarks=points)


def rewrite(**changes):
    """Change columns of the manifest; None removes one."""

    def spoil(data):
        table = pd.read_parquet(data / "manifest.parquet")
        for name, value in changes.items():
            table = table.drop(columns=name) if value is None else table.assign(**{name: value})
        table.to_parquet(data / "manifest.parquet", index=False)

    return spoil
