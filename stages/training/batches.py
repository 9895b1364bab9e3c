"""Batches of clips of about one length, for Keras on any backend."""

from typing import Any

import keras
import numpy as np

from stages.augmentation import neighbours
from stages.augmentation.random import RandomChanges
from stages.dataset.ragged import RaggedClips

BUCKETS = (*range(16, 72, 8), *range(80, 144, 16), 160, 200)
LENGTH_JITTER = 0.05  # of the length: where no speed is drawn, so that the same clips do not meet in every epoch


def bucket(frames: int) -> int:
    """Frames that a batch is padded to: few different ones, so that graphs are traced and compiled few times."""
    return next((b for b in BUCKETS if b >= frames), -(-frames // 64) * 64)


class Batches(keras.utils.PyDataset):
    """Clips in batches, each padded with NaN to the shortest bucket that holds it.

    An item is ({"landmarks": (batch, frames, 180, 3) float32 with NaN, "aspect": (batch,) float32}, one-hot labels
    (batch, num_labels) float32). With `changes`, batches are drawn anew in every epoch, each clip is changed at
    random, and all batches are full; without, each clip comes once, the longest in the first batch and then the
    shortest first. What is drawn depends on seed, epoch and position alone, whichever thread asks.

    Args:
        clips: where the clips are.
        num_labels: length of the one-hot vectors.
        batch_size: clips in a batch.
        max_frames: longest clip after changes.
        changes: random changes, for training; None for scoring.
        seed: of all that is drawn.
        epoch: number of the first epoch, when a training goes on.
    """

    def __init__(
        self,
        clips: RaggedClips,
        num_labels: int,
        batch_size: int,
        max_frames: int = 195,
        changes: RandomChanges | None = None,
        seed: int = 0,
        epoch: int = 0,
        **kwargs,
    ):
        super().__init__(**kwargs)
        if not len(clips):
            raise ValueError("no clips to make batches of: check the split and validate reports")
        self.clips, self.num_labels, self.max_frames = clips, num_labels, max_frames
        self.batch_size = min(batch_size, len(clips))
        self.changes, self.seed, self.epoch = changes, seed, epoch
        self._begun = changes is None
        if changes is not None:
            if len(clips) < 2:
                raise ValueError("one clip is too little to train on: choose more glosses or clips")
            self.batch_size = min(batch_size, -(-len(clips) // 2))  # at least two batches, see __getitem__
        self._draw()

    def _draw(self) -> None:
        """Decide which clips meet in which batch, and how fast each is signed."""
        count = len(self.clips)
        order = np.arange(count)
        self.speeds = np.ones(count, np.float32)
        lengths = self.clips.lengths.astype(float)
        if self.changes is None:
            order = np.argsort(lengths, kind="stable")
            parts = np.split(order, range(self.batch_size, count, self.batch_size))
            self.batches: Any = [parts[-1], *parts[:-1]]  # the longest first: see __getitem__
            return
        rng = np.random.default_rng((self.seed, self.epoch))
        self.speeds = self.changes.speeds(count, rng)
        lengths = lengths / self.speeds * rng.uniform(1 - LENGTH_JITTER, 1 + LENGTH_JITTER, count)
        extra = rng.choice(count, -count % self.batch_size, replace=False)
        order = np.concatenate([order, extra])
        order = order[np.argsort(lengths[order], kind="stable")]
        self.batches = rng.permutation(order.reshape(-1, self.batch_size))

    def __len__(self) -> int:
        return len(self.batches)

    def on_epoch_begin(self) -> None:
        """Called by Keras once it has looked at the first two batches."""
        self._begun = True

    def on_epoch_end(self) -> None:
        """Draw the next epoch."""
        self.epoch += 1
        if self.changes is not None:
            self._draw()

    def _clip(self, index: int, rng: np.random.Generator) -> np.ndarray:
        clip = np.asarray(self.clips[index], np.float32)
        if self.changes is not None:
            if rng.random() < self.changes.strength.neighbours:
                before, after = (np.asarray(self.clips[i], np.float32) for i in rng.integers(len(self.clips), size=2))
                clip = neighbours.among(clip, before, after, rng)
            clip = self.changes(clip, float(self.clips.aspects[index]), float(self.speeds[index]), rng)
        return clip[: self.max_frames]

    def __getitem__(self, number: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        indices = self.batches[number]
        rng = np.random.default_rng((self.seed, self.epoch, number))
        clips = [self._clip(i, rng) for i in indices]
        frames = bucket(max(map(len, clips)))
        if not self._begun and number == 1:
            # Keras takes for fixed what the first two batches have in common: their length must not be
            frames = bucket(self.max_frames) + 1
        landmarks = pad(clips, frames)
        labels = np.zeros((len(indices), self.num_labels), np.float32)
        labels[np.arange(len(indices)), self.clips.labels[indices]] = 1
        return {"landmarks": landmarks, "aspect": self.clips.aspects[indices]}, labels


def pad(clips: list[np.ndarray], frames: int) -> np.ndarray:
    """Clips of (≤ frames, 180, 3) as one (clips, frames, 180, 3) float32, NaN where a clip has ended."""
    landmarks = np.full((len(clips), frames, *clips[0].shape[1:]), np.nan, np.float32)
    for row, clip in zip(landmarks, clips, strict=True):
        row[: len(clip)] = clip
    return landmarks
