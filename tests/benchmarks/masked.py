"""Masked pretraining without labels: stretches of a clip's features are hidden, and a network tells them from what is
around (Devlin et al., "BERT", NAACL 2019; for hands Hu et al., "SignBERT", ICCV 2021).
"""

from pathlib import Path

import keras
from keras import ops

from stages.augmentation.random import RandomChanges
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.features.inputs import PaddingMask
from stages.networks.layers import MaskedMean
from stages.training.batches import Batches
from stages.training.fit import build, optimizer
from tests.benchmarks.ablation import base_recipe

SPAN, SHARE = 8, 0.4  # frames that are hidden together, and how many of all are


class Guesser(keras.Model):
    """Hides stretches of what a network sees, and lets the layers before its pooling tell them.

    Args:
        network: learns; a GISLR of one step a frame.
    """

    def __init__(self, network: keras.Model):
        super().__init__()
        padding, pooling = (
            next(layer for layer in network.layers if isinstance(layer, kind)) for kind in (PaddingMask, MaskedMean)
        )
        self.see = keras.Model(network.inputs, padding.output)
        self.tell = keras.Model(padding.output, pooling.input[0])
        self.guess = keras.layers.Dense(padding.output[0].shape[-1])
        self.chance = keras.random.SeedGenerator(0)

    def call(self, inputs, training=None):
        """The guessed features, (B, T, channels); the loss is the mean difference where they were hidden."""
        features, mask = self.see(inputs)
        batch, frames = ops.shape(features)[0], ops.shape(features)[1]
        spans = keras.random.uniform((batch, frames // SPAN + 1, 1), seed=self.chance)
        hidden = ops.cast(ops.repeat(spans < SHARE, SPAN, axis=1)[:, :frames], features.dtype) * mask
        guessed = self.guess(self.tell([features * (1 - hidden), mask], training=training))
        wrong = ops.mean(ops.abs(guessed - features), axis=-1, keepdims=True)
        self.add_loss(ops.sum(wrong * hidden) / (ops.sum(hidden) + 1))
        return guessed


def pretrained(tensors: Path, epochs: int, folder: Path) -> Path:
    """A folder with a network that has guessed for so many epochs, as `train.warm_start` takes it."""
    if not (folder / "model.keras").is_file():
        recipe, spec = base_recipe(epochs=epochs, label_smoothing=0.0), TensorSpec.read(tensors / "spec.json")
        changes = RandomChanges(recipe.augmentation)
        clips = RaggedClips.open(tensors / "train")
        batches = Batches(clips, len(spec.labels), recipe.batch_size, spec.max_frames, changes, recipe.seed)
        network = build(recipe, spec)
        guesser = Guesser(network)
        guesser.compile(optimizer(recipe, len(batches)))
        guesser.fit(batches, epochs=epochs, verbose=2)
        folder.mkdir(parents=True, exist_ok=True)
        network.save(folder / "model.keras")
        spec.write(folder / "spec.json")
    return folder
