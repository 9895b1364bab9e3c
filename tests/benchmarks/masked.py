"""Whether a network learns signs better that first guessed what it did not see: masked pretraining without labels.

python -m tests.benchmarks.masked TENSORS MANY --out OUT [--epochs 20] [--pretraining 8]
MANY: what `transform` made of all glosses, whose train clips are learnt from without their labels; TENSORS: of those
glosses that are learnt afterwards, by the recipe of the preset `base`, once from nothing and once from there. Stretches
of a clip's features are hidden, and the network tells them from what is around (Devlin et al., "BERT", NAACL 2019; for
hands Hu et al., "SignBERT", ICCV 2021). Prints a line of Markdown for each training.
"""

import argparse
import logging
import sys
from pathlib import Path

import keras
from keras import ops

from stages.augmentation.random import RandomChanges
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.features.inputs import PaddingMask
from stages.networks.layers import MaskedMean
from stages.training.batches import Batches
from stages.training.fit import build, fit, optimizer
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


def main() -> None:
    """Pretrain, train, and tell."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tensors", type=Path)
    parser.add_argument("many", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--pretraining", type=int, default=8, help="epochs")
    parser.add_argument("--seeds", type=int, nargs="*", default=(0, 1))
    told = parser.parse_args()
    guessed = pretrained(told.many, told.pretraining, told.out / "guessed")
    spec = TensorSpec.read(told.tensors / "spec.json")
    train, val = (RaggedClips.open(told.tensors / part) for part in ("train", "val"))
    for seed in told.seeds:
        for start, name in (("", "from nothing"), (str(guessed.resolve()), "after guessing")):
            recipe = base_recipe(epochs=told.epochs, seed=seed, warm_start=start)
            report = fit(recipe, spec, train, val, told.out / f"{name.replace(' ', '-')}-{seed}")
            last = report.history[-1]
            shares = " / ".join(f"{100 * last[key]:.1f}" for key in ("val_accuracy", "val_top5_accuracy"))
            sys.stdout.write(f"| {name} | seed {seed} | {shares} | n = {len(val)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
