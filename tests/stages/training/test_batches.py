"""Batches by length: every clip, full batches, few shapes, and nothing but seed and epoch decides."""

import numpy as np
import pytest

from stages.augmentation.random import RandomChanges, Strength
from stages.training.batches import BUCKETS, Batches, bucket
from tests.stages.clips import corpus


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    return corpus(tmp_path_factory.mktemp("b") / "train", 50, 5)


def test_scoring_sees_each_clip_once_as_it_is(clips):
    batches = Batches(clips, 5, 8)
    seen = np.concatenate(batches.batches)
    assert sorted(seen) == list(range(50))
    for number, indices in enumerate(batches.batches):
        inputs, labels = batches[number]
        np.testing.assert_array_equal(labels.argmax(axis=1), clips.labels[indices])
        np.testing.assert_array_equal(labels.sum(axis=1), 1)
        for row, index in zip(inputs["landmarks"], indices, strict=True):
            length = clips.lengths[index]
            np.testing.assert_array_equal(row[:length], np.asarray(clips[index], np.float32))
            assert np.isnan(row[length:]).all()


def test_training_sees_each_clip_in_full_batches(clips):
    batches = Batches(clips, 5, 8, changes=RandomChanges(Strength()))
    assert len(batches) == 7
    assert set(np.concatenate(batches.batches)) == set(range(50))
    assert all(len(b) == 8 for b in batches.batches)


def test_each_epoch_is_drawn_anew_and_can_be_drawn_again(clips):
    changes = RandomChanges(Strength())
    batches, again = (Batches(clips, 5, 8, changes=changes, seed=3) for _ in range(2))
    first = batches[2][0]["landmarks"]
    np.testing.assert_array_equal(again[2][0]["landmarks"], first)
    batches.on_epoch_end()
    assert batches[2][0]["landmarks"].shape != first.shape or not np.array_equal(
        batches[2][0]["landmarks"], first, equal_nan=True
    )
    resumed = Batches(clips, 5, 8, changes=changes, seed=3, epoch=1)
    np.testing.assert_array_equal(resumed[2][0]["landmarks"], batches[2][0]["landmarks"])


def test_lengths_in_a_batch_are_alike(clips):
    batches = Batches(clips, 5, 8, changes=RandomChanges(Strength()))
    batches.on_epoch_begin()
    padded = filled = 0
    for number in range(len(batches)):
        landmarks = batches[number][0]["landmarks"]
        assert landmarks.shape[1] in BUCKETS
        padded += landmarks.shape[0] * landmarks.shape[1]
        indices = batches.batches[number]
        filled += (clips.lengths[indices] / batches.speeds[indices]).sum()
    assert filled / padded > 0.7


def test_few_shapes_for_any_lengths():
    assert {bucket(n) for n in range(1, 196)} <= {*BUCKETS}
    assert all(bucket(n) >= n for n in range(1, 1000))
    assert len(BUCKETS) < 16


def test_keras_is_shown_two_lengths_before_training(clips):
    """It takes for fixed whatever the first two batches share."""
    batches = Batches(clips.subset(clips.lengths < 30), 5, 4, changes=RandomChanges(Strength(speed=0)))
    assert batches[0][0]["landmarks"].shape[1] != batches[1][0]["landmarks"].shape[1]


def test_keras_is_shown_the_longest_and_the_shortest_before_scoring(clips):
    many = clips.subset(np.repeat(np.argsort(clips.lengths), 3))  # the first batches of the shortest are of one length
    batches = Batches(many, 5, 4)
    frames = [batches[number][0]["landmarks"].shape[1] for number in range(len(batches))]
    assert frames[1] == frames[2]
    assert frames[0] == max(frames)
    assert len(set(frames[:2])) == 2


def test_too_little_to_learn_from_is_said(clips):
    with pytest.raises(ValueError, match="no clips"):
        Batches(clips.subset(np.array([], int)), 5, 8)
    with pytest.raises(ValueError, match="one clip"):
        Batches(clips.subset(np.array([0])), 5, 8, changes=RandomChanges(Strength()))
