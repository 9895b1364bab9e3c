"""Train one network on ragged clips, and keep its best epoch."""

import hashlib
import json
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pandas as pd

from stages.augmentation.random import RandomChanges
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.networks import network
from stages.reports.files import write_json
from stages.reports.training import TrainReport
from stages.training.batches import Batches
from stages.training.callbacks import AverageWeights, BackUpOwn, KeepBest, Progress, StopEarly
from stages.training.metrics import predict, scores
from stages.training.recipe import Recipe
from stages.training.warm import checkpoint, warm_start

log = logging.getLogger(__name__)
NOT_DECAYED = ["bias", "gamma", "beta"]


def run_key(recipe: Recipe, spec: TensorSpec, train: RaggedClips, val: RaggedClips) -> str:
    """What identifies a training: equal recipe, data and weights to begin with give an equal key.

    Raises:
        FileNotFoundError: the model that it is to begin with is not there.
    """
    digest = hashlib.sha256(json.dumps([recipe.model_dump(), asdict(spec)], sort_keys=True).encode())
    if recipe.warm_start:  # a name such as `base` may come to stand for another model
        digest.update((checkpoint(recipe.warm_start) / "model.keras").read_bytes())
    for clips in (train, val):
        for part in (clips.labels, clips.lengths, clips.aspects):
            digest.update(np.ascontiguousarray(part).tobytes())
        for i in range(0, len(clips), max(1, len(clips) // 50)):
            digest.update(np.ascontiguousarray(clips[i]).tobytes())
    return digest.hexdigest()[:16]


def build(recipe: Recipe, spec: TensorSpec, steps: int = 0) -> keras.Model:
    """The recipe's network, untrained; late dropout begins after `late_start` of `steps`."""
    net = network(recipe.network)
    model = net.build(spec, net.Hyper.model_validate(recipe.hyper), int(recipe.late_start * steps))
    model.name = recipe.network  # a warm start takes nothing from a model of another name
    return model


def optimizer(recipe: Recipe, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    """The recipe's optimizer with its schedule; plateau starts flat and is lowered by its callback.

    Muon (Jordan et al., "Muon: An optimizer for hidden layers in neural networks", 2024) moves the matrices inside the
    network, by steps as large as AdamW's (Liu et al., "Muon is Scalable for LLM Training", 2025), and AdamW all else,
    the classifier's prototypes too.
    """
    rate = recipe.learning_rate
    if recipe.schedule == "cosine":
        warmup = int(min(recipe.warmup_epochs, recipe.epochs / 4) * steps_per_epoch)
        rate = keras.optimizers.schedules.CosineDecay(
            rate / 100 if warmup else rate,
            recipe.epochs * steps_per_epoch - warmup,
            alpha=0.01,
            warmup_target=rate if warmup else None,
            warmup_steps=warmup,
        )
    shared: dict[str, Any] = {"weight_decay": recipe.weight_decay, "clipnorm": 1.0}
    if recipe.optimizer == "muon":
        kept = {"adam_weight_decay": recipe.weight_decay, "exclude_layers": ["prototypes"]}
        chosen = keras.optimizers.Muon(rate, **kept, **shared)
    else:
        chosen = keras.optimizers.AdamW(rate, **shared)
    chosen.exclude_from_weight_decay(var_names=NOT_DECAYED)
    return chosen


def _callbacks(recipe: Recipe, unfinished: Path, best: KeepBest) -> list[keras.callbacks.Callback]:
    """In this order: average the weights, keep them if best, note the epoch, and back up last of all."""
    average = AverageWeights(unfinished, recipe.average_momentum, int(recipe.average_start * recipe.epochs))
    chosen = [average, best]
    if recipe.schedule == "plateau":
        chosen.append(
            keras.callbacks.ReduceLROnPlateau("val_loss", recipe.plateau_factor, recipe.plateau_patience, min_lr=1e-6)
        )
    history = keras.callbacks.CSVLogger(str(unfinished / "history.csv"), append=True)
    backup = BackUpOwn(unfinished / "backup", average)
    return [*chosen, StopEarly(recipe.early_stop_patience), Progress(), history, backup]


def fit(
    recipe: Recipe,
    spec: TensorSpec,
    train: RaggedClips,
    val: RaggedClips,
    folder: str | Path,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    unfinished: Path | None = None,
) -> TrainReport:
    """Train, and write the best epoch's model to `folder`, with the recipe's `start_share` of what it began with.

    An interrupted training goes on from its last whole epoch when it is started again with the same recipe, data and
    folder: what it needs waits in `unfinished`.

    Args:
        recipe: how to train what.
        spec: what the tensors mean.
        train: clips to learn from.
        val: clips to choose the best epoch by.
        folder: gets `model.keras`, `spec.json` and `report.json`.
        callbacks: more Keras callbacks (live curves, pruning); they see averaged weights' val metrics in `logs`.
        unfinished: folder for what an interrupted training needs; `.unfinished` beside `folder` by default.

    Returns:
        The report, as it stands in `report.json`; seconds and clips a second are of this run, validation included.

    Raises:
        ValueError: a split is empty, or the recipe does not fit its network.
        FloatingPointError: the loss is no longer a number.
    """
    folder = Path(folder)
    key = run_key(recipe, spec, train, val)
    unfinished = (unfinished or folder.parent / ".unfinished") / f"{folder.name}-{key}"
    unfinished.mkdir(parents=True, exist_ok=True)
    best, done = KeepBest(unfinished), _epochs_done(unfinished)
    steps, seconds = _run(recipe, spec, train, val, unfinished, [*_callbacks(recipe, unfinished, best), *callbacks])
    model = _kept(recipe, spec, steps, best.weights)
    history = pd.read_csv(unfinished / "history.csv").drop_duplicates("epoch", keep="last")
    report = TrainReport(
        network=recipe.network,
        run_key=key,
        recipe=recipe.model_dump(),
        parameters=model.count_params(),
        best_epoch=best.read()["epoch"],
        epochs=len(history),
        val=scores(predict(model, val), val.labels),
        seconds=round(seconds, 1),
        clips_per_second=round(len(train) * (len(history) - done) / seconds, 1),
        history=history.to_dict("records"),
    )
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder / "model.keras")
    spec.write(folder / "spec.json")
    write_json(folder / "report.json", report)
    shutil.rmtree(unfinished)
    return report


def _kept(recipe: Recipe, spec: TensorSpec, steps: int, weights: Path) -> keras.Model:
    """The model to write, in 32 bits however it was trained.

    Weights between those before and after fine-tuning are more robust to other conditions than either (Wortsman et
    al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    """
    model = build(recipe, spec, steps)
    model.load_weights(weights)
    if recipe.warm_start and recipe.start_share:
        warm_start(model, spec, recipe.warm_start, recipe.start_share)
    return model


def _run(recipe: Recipe, spec: TensorSpec, train, val, unfinished: Path, callbacks: list) -> tuple[int, float]:
    """Train to the end; returns how many steps that is in all, and the seconds of this run."""
    keras.utils.set_random_seed(recipe.seed)
    before = keras.config.dtype_policy()
    # bfloat16 has the range of 32 bits: no loss to scale, no mask that overflows
    keras.config.set_dtype_policy("mixed_bfloat16" if recipe.mixed_precision else "float32")
    try:
        labels, done = len(spec.labels), _epochs_done(unfinished)
        if done:
            log.info("going on after epoch %d of an interrupted training", done)
        changes = RandomChanges(recipe.augmentation)
        batches = Batches(train, labels, recipe.batch_size, spec.max_frames, changes, recipe.seed, done)
        steps = recipe.epochs * len(batches)
        model = build(recipe, spec, steps)
        if recipe.warm_start:
            warm_start(model, spec, recipe.warm_start)
        loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.label_smoothing)
        accuracy = ["accuracy", keras.metrics.TopKCategoricalAccuracy(5, name="top5_accuracy")]
        # compiled kernels were measured slower than plain graphs on CPU; JAX always compiles
        jit = "auto" if keras.backend.backend() != "tensorflow" else False
        chosen = optimizer(recipe, len(batches))
        chosen.build(model.trainable_variables)  # else the first step is traced twice
        model.compile(chosen, loss, metrics=accuracy, jit_compile=jit)
        began = time.monotonic()
        validation = Batches(val, labels, 64, spec.max_frames)
        model.fit(
            batches, validation_data=validation, epochs=recipe.epochs, callbacks=callbacks, shuffle=False, verbose=0
        )
        return steps, time.monotonic() - began
    finally:
        keras.config.set_dtype_policy(before)


def _epochs_done(unfinished: Path) -> int:
    """Whole epochs that an interrupted training has behind it."""
    record = unfinished / "backup" / "training_metadata.json"
    return json.loads(record.read_text())["epoch"] if record.is_file() else 0
