"""The gate is fitted on val's signs against scripted movements, and measured on kinds that it never saw."""

import warnings

import numpy as np
import pytest

from stages.dataset.ragged import RaggedClips
from stages.evaluation.signing import ENOUGH, fit_signing, movements
from stages.nonsigning.kinds import HELD_OUT
from tests.stages.clips import corpus


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> tuple[RaggedClips, RaggedClips]:
    folder = tmp_path_factory.mktemp("clips")
    return corpus(folder / "train", 20, 4), corpus(folder / "val", 80, 4, seed=1)


def embed(clips: RaggedClips) -> np.ndarray:
    """Where both wrists are and how far they move, of unit length: enough to tell the made-up signers from scripts."""
    wrists = [np.asarray(clips[i], np.float32)[:, [0, 21], :2].reshape(-1, 4) for i in range(len(clips))]
    with np.errstate(invalid="ignore"), warnings.catch_warnings(action="ignore"):  # a hand may never be seen
        said = np.nan_to_num([[*np.nanmean(w, axis=0), *np.nanstd(w, axis=0), 0.5] for w in wrists])
    return said / np.linalg.norm(said, axis=1, keepdims=True)


def test_signs_pass_and_movements_of_unknown_kinds_hardly(clips):
    train, val = clips
    signing = fit_signing(embed, 25, train, val, np.ones(len(val), bool))
    assert signing is not None
    assert signing.kept >= 0.98
    assert np.mean([signing.factor(e) == 1 for e in embed(val)]) >= 0.95
    passing = np.mean([signing.factor(e) == 1 for e in embed(movements(train, HELD_OUT, 25))])
    assert passing == pytest.approx(signing.passed, abs=0.02)
    assert passing < 0.5


def test_too_few_clips_give_no_gate(clips):
    train, val = clips
    right = np.arange(len(val)) < ENOUGH - 1
    assert fit_signing(embed, 25, train, val, right) is None
    assert fit_signing(embed, 25, train.subset(np.empty(0, np.int64)), val, np.ones(len(val), bool)) is None


def test_stretches_hold_hands_and_are_the_same_every_time(clips):
    first, again = (movements(clips[0], HELD_OUT, 25) for _ in range(2))
    assert len(first) > ENOUGH
    assert all((~np.isnan(first[i][:, :42, 0])).any(axis=1).mean() >= 0.5 for i in range(len(first)))
    np.testing.assert_array_equal(first.frames, again.frames)
