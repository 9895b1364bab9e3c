"""What happens between epochs."""

import json
import logging
import math
import time
from pathlib import Path

import keras
import numpy as np

from stages.reports.files import write_json

log = logging.getLogger(__name__)


class AverageWeights(keras.callbacks.Callback):
    """Average the weights over the epochs (after Izmailov et al., "Averaging Weights Leads to Wider Optima", 2018).

    The model is scored and kept (by callbacks after this one) with averaged weights, and trains on with its own. An
    exponential average by epoch, plain over the first few; whole weights outside the graph cost a millisecond, where
    an optimizer's own average doubles the time of tracing. It outlives an interruption in `folder`.

    Args:
        folder: where the averages wait between epochs.
        momentum: of the exponential average, per epoch.
        start: first epoch that counts; before it the model's own weights are scored.
    """

    def __init__(self, folder: Path, momentum: float, start: int):
        super().__init__()
        self.file, self.momentum, self.start = folder / "average.npz", momentum, start
        self.count, self.epoch = 0, 0
        self.average: list[np.ndarray] = []
        self.own: list[np.ndarray] | None = None

    def on_train_begin(self, logs=None):  # noqa: D102
        if self.file.is_file():
            with np.load(self.file) as saved:
                self.count = int(saved["count"])
                self.average = [saved[f"w{i}"] for i in range(len(saved.files) - 1)]

    def on_epoch_begin(self, epoch, logs=None):  # noqa: D102
        self.epoch = epoch
        if self.own is not None:
            self.model.set_weights(self.own)
            self.own = None

    def on_test_begin(self, logs=None):
        """The epoch is trained: take its weights into the average, and score that."""
        if self.own is not None or self.epoch < self.start:
            return
        self.own = self.model.get_weights()
        keep = min(self.momentum, self.count / (self.count + 1))
        self.average = [
            keep * old + (1 - keep) * new if new.dtype.kind == "f" else new
            for old, new in zip(self.average or self.own, self.own, strict=True)
        ]
        self.count += 1
        self.model.set_weights(self.average)

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        if self.average:
            np.savez(self.file, count=self.count, **{f"w{i}": w for i, w in enumerate(self.average)})


class BackUpOwn(keras.callbacks.BackupAndRestore):
    """Keras' backup for resuming, of the weights that the model trains with, not of their average."""

    def __init__(self, folder: Path, average: AverageWeights):
        super().__init__(str(folder), double_checkpoint=True)
        self.average = average

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        averaged = self.average.own and self.model.get_weights()
        if averaged:
            self.model.set_weights(self.average.own)
        super().on_epoch_end(epoch, logs)
        if averaged:
            self.model.set_weights(averaged)


class KeepBest(keras.callbacks.Callback):
    """Keep the weights of the epoch with the best val accuracy (of equal ones the lowest val loss) in `folder`.

    On disk, so that they outlive an interruption.
    """

    def __init__(self, folder: Path):
        super().__init__()
        self.weights, self.record = folder / "best.weights.h5", folder / "best.json"

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        now = [logs["val_accuracy"], -logs["val_loss"]]
        if not all(map(math.isfinite, now)):
            raise FloatingPointError(f"val loss is {logs['val_loss']} after epoch {epoch}: lower the learning rate")
        if now > self.read().get("score", [-1.0, 0.0]):
            self.model.save_weights(self.weights)
            write_json(self.record, {"epoch": epoch, "score": now})

    def read(self) -> dict:
        """{"epoch", "score"} of the best so far; empty before the first epoch."""
        return json.loads(self.record.read_text()) if self.record.is_file() else {}


class StopEarly(keras.callbacks.Callback):
    """End the training when neither val accuracy nor val loss has improved for `patience` epochs."""

    def __init__(self, patience: int):
        super().__init__()
        self.patience, self.waited = patience, 0
        self.accuracy, self.loss = -1.0, math.inf

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        better = logs["val_accuracy"] > self.accuracy or logs["val_loss"] < self.loss
        self.accuracy, self.loss = max(self.accuracy, logs["val_accuracy"]), min(self.loss, logs["val_loss"])
        self.waited = 0 if better else self.waited + 1
        if self.waited >= self.patience:
            log.info("no better epoch for %d: stopping after epoch %d", self.patience, epoch)
            self.model.stop_training = True


class Progress(keras.callbacks.Callback):
    """Say in the log how far the training is, at most every few seconds."""

    def __init__(self, every: float = 5.0):
        super().__init__()
        self.every, self.said = every, 0.0

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        last = epoch + 1 == self.params["epochs"]
        if last or time.monotonic() - self.said > self.every:
            self.said = time.monotonic()
            log.info(
                "epoch %d/%d: loss %.3f, accuracy %.3f, val loss %.3f, val accuracy %.3f",
                *(epoch + 1, self.params["epochs"], logs["loss"], logs["accuracy"]),
                *(logs["val_loss"], logs["val_accuracy"]),
            )


class LiveCurves(keras.callbacks.Callback):
    """Send each epoch's metrics to an open `stages.tracking.live.Curves`."""

    def __init__(self, curves):
        super().__init__()
        self.curves = curves

    def on_epoch_end(self, epoch, logs=None):  # noqa: D102
        self.curves.log(epoch, {k: float(v) for k, v in logs.items() if math.isfinite(v)})
