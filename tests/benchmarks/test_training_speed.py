"""Clips a second that the same network trains on: by length against padded to 195 frames, by AdamW against Muon.

python -m pytest tests/benchmarks/test_training_speed.py -s
On the imported hands of `hands.py`: ISLR_WLASL_DIR is their folder.
"""

import sys
import time

import keras
import numpy as np
import pytest

from stages.augmentation.random import RandomChanges, Strength
from stages.dataset.ragged import RaggedClips
from stages.networks import gislr
from stages.training.batches import Batches
from stages.training.fit import optimizer
from stages.training.recipe import Recipe
from tests.benchmarks import predecessor
from tests.benchmarks.hands import tensors
from tests.stages.clips import spec

GLOSSES, BATCH = 100, 32


class PaddedTo195(Batches):
    """The same batches, every one padded to the longest clip that may come."""

    def __getitem__(self, number):
        inputs, labels = super().__getitem__(number)
        frames = inputs["landmarks"].shape[1]
        more = ((0, 0), (0, max(0, 195 - frames)), (0, 0), (0, 0))
        return inputs | {"landmarks": np.pad(inputs["landmarks"], more, constant_values=np.nan)}, labels


@pytest.fixture(scope="module")
def clips(wlasl_dir, tmp_path_factory) -> RaggedClips:
    """The train part of the first 100 glosses of the imported hands."""
    return tensors(wlasl_dir, GLOSSES, tmp_path_factory.mktemp("speed"))[1]


def seconds_an_epoch(kind: type[Batches], clips: RaggedClips, hyper: gislr.Hyper, by: str = "adamw") -> float:
    """Of a network of ours, trained from batches of this kind by an optimizer."""
    keras.utils.set_random_seed(0)
    recipe, s = Recipe(network="gislr", optimizer=by), spec(GLOSSES)
    model = gislr.build(s, hyper)
    chosen = optimizer(recipe, 6)
    chosen.build(model.trainable_variables)
    model.compile(chosen, keras.losses.CategoricalCrossentropy(from_logits=True), jit_compile=False)
    batches = kind(clips, GLOSSES, BATCH, changes=RandomChanges(Strength()))
    return fastest_epoch(model, batches)


def fastest_epoch(model: keras.Model, *data) -> float:
    """Seconds of the fastest of four epochs after the first: graphs and kernels of new lengths cost once."""
    times = []

    class Clock(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            times.append(-time.perf_counter())

        def on_epoch_end(self, epoch, logs=None):
            times[-1] += time.perf_counter()

    model.fit(
        *data, batch_size=None if len(data) == 1 else BATCH, epochs=5, verbose=0, shuffle=False, callbacks=[Clock()]
    )
    return min(times[1:])


def test_batches_by_length_are_more_than_twice_as_fast(clips):
    """The predecessor's network both ways, its own loop (tensors ready, no random changes), and our network."""
    padded, bucketed = (seconds_an_epoch(kind, clips, predecessor.HYPER) for kind in (PaddedTo195, Batches))
    ours = seconds_an_epoch(Batches, clips, gislr.Hyper())
    x, y = predecessor.arrays(clips, copies=False)
    own = fastest_epoch(predecessor.build(GLOSSES, x.shape[-1] // 3, 0), x, y)
    sys.stdout.write(
        f"\nclips/s: {len(clips) / padded:.1f} padded to 195, {len(clips) / own:.1f} the predecessor's own loop, "
        f"{len(clips) / bucketed:.1f} its network by length: {padded / bucketed:.2f} and {own / bucketed:.2f} times; "
        f"{len(clips) / ours:.1f} our network: {own / ours:.2f} times"
    )
    assert padded / bucketed > 2.3
    assert own / bucketed > 2.3


def test_what_a_step_of_muon_costs(clips):
    """The base's network, by either optimizer in turn."""
    hyper, seconds = gislr.Hyper(stride=1, kernel=17), {"adamw": [], "muon": []}
    for _ in range(2):
        for by, found in seconds.items():
            found.append(seconds_an_epoch(Batches, clips, hyper, by))
    adamw, muon = (len(clips) / min(found) for found in seconds.values())
    sys.stdout.write(
        f"\nclips/s: {adamw:.1f} by AdamW, {muon:.1f} by Muon: an epoch is {adamw / muon:.2f} times as long"
    )
