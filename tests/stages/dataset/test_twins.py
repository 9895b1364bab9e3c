"""One recording in two subsets is found, however it was cut or encoded; other recordings are not."""

import numpy as np
import pandas as pd
import pytest

from stages.dataset.twins import COLUMNS, apart, near_twins
from stages.dataset.views import Views, sideless

FRAMES = 30


def hands(seed, both=False):
    """(frames, 42, 2): hands on a way of their own; the left one in all frames or in none."""
    rng = np.random.default_rng(seed)
    way = np.cumsum(rng.normal(0, 0.02, (FRAMES, 2, 1, 2)), axis=0) + np.array([[[0.6, 0.5]], [[0.3, 0.5]]])
    points = (way + rng.normal(0, 0.03, (1, 2, 21, 2))).reshape(FRAMES, 42, 2).astype(np.float32)
    if not both:
        points[:, :21] = np.nan
    return sideless(points)


def views(*rows):
    """Clips of (gloss, split, hands), all at one place among the signs."""
    clips = pd.DataFrame([row[:2] for row in rows], columns=["gloss", "split"])
    clips.insert(0, "video_id", [f"{i:05d}" for i in range(len(rows))])
    return Views(clips, np.eye(1, 8, dtype=np.float32).repeat(len(rows), axis=0), [row[2] for row in rows])


def noisy(points):
    return points + np.random.default_rng(9).normal(0, 0.002, points.shape).astype(np.float32)


@pytest.mark.parametrize("both", [False, True])
def test_a_noisy_copy_in_another_subset_is_found(both):
    one, other = hands(1, both), hands(2, both)
    found = near_twins(views(("ago", "train", one), ("ago", "train", other), ("past", "test", noisy(one)[2:-3])))
    assert len(found) == 1
    row = found.iloc[0]
    assert tuple(row[["train_clip", "train_gloss", "clip", "gloss", "split"]]) == (
        "00000",
        "ago",
        "00002",
        "past",
        "test",
    )
    assert 0 < row["distance"] < 0.006


def test_copies_within_train_are_none_of_it():
    one = hands(1)
    found = near_twins(views(("ago", "train", one), ("past", "train", noisy(one)), ("go", "val", hands(3))))
    assert found.empty
    assert tuple(found.columns) == COLUMNS


def test_only_clips_that_look_alike_are_compared():
    seen = views(("ago", "train", hands(1)), ("past", "val", noisy(hands(1))))
    seen.embeddings[1] = np.eye(8, dtype=np.float32)[1]
    assert near_twins(seen).empty


def test_which_hand_is_left_does_not_matter():
    one = hands(1, both=True)
    turned = one.copy()
    turned[::3] = np.concatenate([one[::3, 21:], one[::3, :21]], axis=1)
    assert apart(one, sideless(turned)) == 0


def test_another_frame_rate_is_the_same_recording():
    one = hands(1)
    slower = np.repeat(one, 2, axis=0)
    assert apart(one, slower) == 0


def test_clips_that_share_few_frames_with_hands_are_not_told():
    one, other = hands(1), hands(1)
    one[: FRAMES // 2 + 3], other[FRAMES // 2 :] = np.nan, np.nan
    assert apart(one, other) == float("inf")
