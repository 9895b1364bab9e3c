"""The clips that are used are compared, by the base model; without one nothing is."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from stages.dataset.comparison import compare
from stages.dataset.validation import Outcome
from stages.pose.store import LandmarkStore, StoreWriter
from tests.stages import project
from tests.stages.validation import BASE, without_hands


def noisy(clip):
    noise = np.random.default_rng(0).normal(0, 0.001, clip.landmarks.shape)
    return (clip.landmarks + noise).astype(np.float16)


@pytest.fixture
def stored(tmp_path):
    """Writes a store of three signs and what is changed in it; gives the outcome of a validation that found nothing."""

    def write(change=lambda clips: clips):
        clips = [project.clip(g, i, s) for s, n in project.COUNTS.items() for g in project.GLOSSES for i in range(n)]
        with StoreWriter(tmp_path / "landmarks") as writer:
            for clip in change(clips):
                writer.append(clip)
        return Outcome([], LandmarkStore(tmp_path / "landmarks").summary())

    return write


def test_an_exchanged_label_and_a_copy_in_val_are_found(stored, tmp_path):
    def change(clips):
        copy = replace(clips[0], video_id="copy", split="val", gloss="circle", landmarks=noisy(clips[0]))
        return [*clips[:3], replace(clips[3], gloss="wave"), *clips[4:], copy]

    found = compare(stored(change), tmp_path / "landmarks", BASE)
    assert not found.problem
    assert found.judged == 61
    assert list(found.suspects["video_id"]) == ["train-circle-03"]
    assert found.suspects.iloc[0]["looks_like"] == "circle"
    assert [tuple(row) for row in found.twins[["train_clip", "clip"]].to_numpy()] == [("train-circle-00", "copy")]


def test_clips_that_are_not_used_are_not_compared(stored, tmp_path):
    outcome = stored(lambda clips: [*clips[:3], replace(clips[3], gloss="wave"), without_hands(clips[4]), *clips[5:]])
    outcome.untrained["train-circle-03"] = ["why"]
    outcome.excluded["val-up-00"] = ["why"]
    found = compare(outcome, tmp_path / "landmarks", BASE)
    assert found.judged == 60 - 3
    assert found.suspects.empty
    assert found.twins.empty


@pytest.mark.parametrize("kept", [0, 1, 5])
def test_few_clips_of_one_gloss(stored, tmp_path, kept):
    outcome = stored(lambda clips: clips[: max(kept, 1)])
    outcome.clips = outcome.clips[:kept]
    found = compare(outcome, tmp_path / "landmarks", BASE)
    assert (len(found.suspects), len(found.twins), found.problem) == (0, 0, "")


def test_without_a_base_nothing_is_compared(stored, tmp_path):
    found = compare(stored(), tmp_path / "landmarks", tmp_path / "base")
    assert "git checkout" in found.problem
    (tmp_path / "base").mkdir()
    for name in ("metadata.json", "model.tflite"):
        (tmp_path / "base" / name).write_text("{")
    assert "git checkout" in compare(stored(), tmp_path / "landmarks", tmp_path / "base").problem
    assert isinstance(found.suspects, pd.DataFrame)
    assert found.judged == 0
