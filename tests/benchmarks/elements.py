"""Elements of a recipe that were tried and are not in it: each changes a training as long as its context lasts."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from unittest.mock import patch

import keras
import numpy as np

from bentos.contract.skeleton import KNUCKLES, LEFT_HAND, RIGHT_HAND
from stages.augmentation.random import RandomChanges
from stages.dataset.ragged import RaggedClips
from stages.training import fit
from stages.training.batches import Batches

HANDS = (LEFT_HAND, RIGHT_HAND)
FINGERS = (1, 5, 9, 13, 17)  # first joint of each, of four
FEWEST = 0.2  # of the frames in which both clips show a hand, for its shapes to be exchanged
Element = Callable[[RaggedClips], AbstractContextManager[None]]


def adversarial_weights(strength: float) -> Element:
    """Gradients are taken where the weights are worst nearby (Wu et al., "Adversarial Weight Perturbation Helps Robust
    Generalization", NeurIPS 2020). `strength`: how far, as a share of each kernel's norm.
    """
    from keras.src.models.functional import Functional

    class Perturbed(Functional):
        def train_step(self, data):
            import tensorflow as tf

            x, y = data
            values = [weight.value for weight in self.trainable_variables]

            def gradients():
                with tf.GradientTape() as tape:
                    said = self(x, training=True)
                    loss = self.compute_loss(x=x, y=y, y_pred=said, training=True)
                return said, loss, tape.gradient(loss, values)

            _, _, slopes = gradients()
            kernels = [(v, tf.convert_to_tensor(g)) for v, g in zip(values, slopes, strict=True) if v.shape.rank > 1]
            steps = [(value, strength * tf.norm(value) * g / (tf.norm(g) + 1e-12)) for value, g in kernels]
            for value, step in steps:
                value.assign_add(step)
            said, loss, slopes = gradients()
            for value, step in steps:
                value.assign_sub(step)
            self._loss_tracker.update_state(loss)
            self.optimizer.apply_gradients(zip(slopes, self.trainable_variables, strict=True))
            return self.compute_metrics(x, y, said)

    @contextmanager
    def element(_: RaggedClips) -> Iterator[None]:
        plain = fit.build

        def build(recipe, spec, steps=0):
            model = plain(recipe, spec, steps)
            if steps and not hasattr(build, "done"):  # the model that learns, not the one that is saved
                model.__class__, build.done = Perturbed, True
            return model

        with patch.object(fit, "build", build):
            yield

    return element


def soft_targets(share: float, teachers: Callable[[RaggedClips], np.ndarray]) -> Element:
    """Targets are mixed with what teachers say of the unchanged clip (Furlanello et al., "Born-Again Neural Networks",
    ICML 2018). `teachers` gives (clips, labels) probabilities.
    """

    @contextmanager
    def element(train: RaggedClips) -> Iterator[None]:
        said, plain = teachers(train), Batches.__getitem__

        def batch(self, number):
            inputs, targets = plain(self, number)
            if self.changes is not None:
                targets = ((1 - share) * targets + share * said[self.batches[number]]).astype(np.float32)
            return inputs, targets

        with patch.object(Batches, "__getitem__", batch):
            yield

    return element


def exchanged_shapes(chance: float) -> Element:
    """Clips show the finger shapes of another clip of their gloss, on their own wrists and at their own size."""

    @contextmanager
    def element(train: RaggedClips) -> Iterator[None]:
        of_gloss = {label: np.flatnonzero(train.labels == label) for label in np.unique(train.labels)}
        plain = Batches._clip

        def clip(self, index, rng):
            if self.changes is None or rng.random() >= chance:
                return plain(self, index, rng)
            other = int(rng.choice(of_gloss[self.clips.labels[index]]))
            frames = with_shapes(*(np.asarray(self.clips[i], np.float32) for i in (index, other)))
            with patch.object(RaggedClips, "__getitem__", _instead(index, frames)):
                return plain(self, index, rng)

        with patch.object(Batches, "_clip", clip):
            yield

    return element


def _instead(index: int, frames: np.ndarray) -> Callable[[RaggedClips, int], np.ndarray]:
    plain = RaggedClips.__getitem__
    return lambda self, i: frames if i == index else plain(self, i)


def with_shapes(clip: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(frames, 180, 3) with the finger shapes of another clip of any length."""
    changed = clip.copy()
    other = other[np.linspace(0, len(other) - 1, len(clip)).round().astype(int)]
    for part in HANDS:
        ours, theirs = clip[:, part], other[:, part]
        both = ~np.isnan(ours[:, 0, 0]) & ~np.isnan(theirs[:, 0, 0])
        if both.mean() < FEWEST:
            continue
        shape, theirs = (hand[both] - hand[both, :1] for hand in (ours, theirs))
        size, larger = (np.median(np.linalg.norm(hand[:, KNUCKLES, :2], axis=-1)) for hand in (shape, theirs))
        changed[both, part] = ours[both, :1] + theirs * (size / max(larger, 1e-6))
    return changed


def turned_fingers(degrees: float) -> Element:
    """Each finger is turned about its first joint, in the plane of the picture, by up to so many degrees."""

    @contextmanager
    def element(_: RaggedClips) -> Iterator[None]:
        plain = RandomChanges._move

        def move(self, clip, aspect, rng):
            clip = plain(self, clip, aspect, rng)
            for joint in [part.start + first for part in HANDS for first in FINGERS]:
                angle = np.deg2rad(rng.uniform(-degrees, degrees))
                turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
                finger = clip[:, joint : joint + 4, :2]
                turned = (finger - finger[:, :1]) * [aspect, 1] @ turn.T / [aspect, 1]
                clip[:, joint : joint + 4, :2] = finger[:, :1] + turned
            return clip

        with patch.object(RandomChanges, "_move", move):
            yield

    return element


def said_by(models: list[keras.Model], places: list[np.ndarray]) -> Callable[[RaggedClips], np.ndarray]:
    """Mean probabilities of models, each among its labels at `places`."""
    from scipy.special import softmax

    from stages.training.metrics import predict_logits

    return lambda clips: np.mean(
        [softmax(predict_logits(model, clips)[:, at], axis=1) for model, at in zip(models, places, strict=True)], axis=0
    )
