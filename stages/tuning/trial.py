"""One trial, in a process of its own."""

import logging
import os
import statistics
from pathlib import Path
from typing import Any

from stages.reports.files import find_report
from stages.reports.training import TrainReport
from stages.start import quiet


def prepare_process(threads: int) -> None:
    """Give a worker its share of the cores; must run before TensorFlow or JAX are imported."""
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    os.environ["TF_NUM_INTEROP_THREADS"] = "1"
    quiet()


def hopeless(curves: list[list[float]], accuracies: list[float], epochs: int) -> bool:
    """Whether a trial may end early: a third of its epochs done, and below the median of the others at that point.

    Optuna prunes studies with one objective only; this is its median rule on the best val accuracy so far.

    Args:
        curves: val accuracy by epoch of finished trials.
        accuracies: the same of this trial, so far.
        epochs: budget of this trial.
    """
    done = len(accuracies)
    others = [max(curve[:done]) for curve in curves if curve]
    return len(others) >= 3 and done >= epochs / 3 and max(accuracies) < statistics.median(others)


def train(recipe: dict[str, Any], tensors: str, folder: str, curves: list[list[float]]) -> TrainReport:
    """Train one trial's recipe.

    Args:
        recipe: all fields of `stages.training.recipe.Recipe`.
        tensors: folder that `transform` wrote.
        folder: gets model and report.
        curves: val accuracy by epoch of finished trials, to give up early.

    Returns:
        The training's report.
    """
    import keras

    from stages.dataset.ragged import RaggedClips
    from stages.dataset.spec import TensorSpec
    from stages.training.fit import fit
    from stages.training.recipe import Recipe

    class GiveUp(keras.callbacks.Callback):
        """Stop a trial that will not win."""

        def __init__(self):
            super().__init__()
            self.accuracies: list[float] = []

        def on_epoch_end(self, epoch, logs=None):
            self.accuracies.append(float(logs["val_accuracy"]))
            if hopeless(curves, self.accuracies, self.params["epochs"]):
                self.model.stop_training = True

    place = Path(tensors)
    spec = TensorSpec.read(place / "spec.json")
    train, val = (RaggedClips.open(place / split) for split in ("train", "val"))
    return fit(Recipe.model_validate(recipe), spec, train, val, folder, callbacks=[GiveUp()])


def finished(folder: Path) -> TrainReport | None:
    """The report of a trial that was trained on this machine before, or None."""
    return find_report(folder / "report.json", TrainReport) if (folder / "model.keras").is_file() else None
