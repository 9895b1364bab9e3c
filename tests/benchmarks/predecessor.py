"""The recipe that this project succeeds, made again with its mistakes, so that ours is compared with what it did.

Every clip padded to 195 frames with -100, missing points as 0, then the nose subtracted from everything: so padding
becomes 0 and its mask finds nothing. One mirrored copy of each clip without changing left for right, in which missing
points stand at x = 1. The same batches in every epoch. AdamW, plateau.
"""

import keras
import numpy as np
from keras import layers

from bentos.contract.skeleton import NOSE
from stages.dataset.ragged import RaggedClips
from stages.networks import gislr
from stages.networks.layers import LateDropout, MaskedBatchNorm, MaskedMean
from stages.training.callbacks import Progress

FRAMES, PADDING = 195, -100.0
HYPER = gislr.Hyper(stride=1, kernel=17)


def tensor(clip: np.ndarray, mirrored: bool) -> np.ndarray:
    """(frames, 180, 3) with NaN to (195, 540)."""
    clip = np.nan_to_num(clip[:FRAMES].astype(np.float32))
    if mirrored:
        clip[..., 0] = 1 - clip[..., 0]
    padded = np.full((FRAMES, *clip.shape[1:]), PADDING, np.float32)
    padded[: len(clip)] = clip
    return (padded - padded[:, NOSE : NOSE + 1]).reshape(FRAMES, -1)


def arrays(clips: RaggedClips, copies: bool) -> tuple[np.ndarray, np.ndarray]:
    """All clips at once, each with its mirrored copy if asked for, and their labels."""
    ways = (False, True) if copies else (False,)
    own = np.flatnonzero(clips.clips["variant"] == 0)  # not the changed copies of our pipeline
    return (
        np.stack([tensor(clips[i], mirrored) for mirrored in ways for i in own]),
        np.concatenate([clips.labels[own] for _ in ways]),
    )


def build(labels: int, points: int, steps: int) -> keras.Model:
    """Its network, which sees every frame, behind its own preparation, compiled; its mask is true everywhere."""
    inputs = keras.Input((FRAMES, points * 3))
    mask = keras.ops.ones_like(inputs[..., :1])
    x = layers.Dense(HYPER.dim, use_bias=False)(inputs)
    x = MaskedBatchNorm(momentum=0.95)(x, mask)
    for _ in range(HYPER.groups):
        for _ in range(HYPER.conv_blocks):
            x = gislr.conv_block(x, mask, HYPER)
        x = gislr.transformer_block(x, mask, HYPER)
    x = MaskedMean()(layers.Dense(2 * HYPER.dim, activation="swish")(x), mask)
    x = LateDropout(HYPER.late_dropout, steps // 10)(x)
    model = keras.Model(inputs, layers.Dense(labels)(x))
    model.compile(
        keras.optimizers.AdamW(1e-3),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(5, name="top5_accuracy")],
        jit_compile=False,
    )
    return model


def fit(
    train: RaggedClips, val: RaggedClips, labels: int, epochs: int, seed: int
) -> tuple[keras.Model, list[dict[str, float]]]:
    """Train; gives the model of the epoch with the best val accuracy, and the history: one record an epoch."""
    keras.utils.set_random_seed(seed)
    x, y = arrays(train, copies=True)
    order = np.random.default_rng(seed).permutation(len(x))
    x, y = x[order], y[order]  # once: these batches come in every epoch
    model = build(labels, x.shape[-1] // 3, epochs * -(-len(x) // 32))
    best = keras.callbacks.EarlyStopping("val_accuracy", patience=epochs, mode="max", restore_best_weights=True)
    plateau = keras.callbacks.ReduceLROnPlateau("val_loss", 0.7, 5, min_lr=1e-6)
    history = model.fit(
        *(x, y, 32, epochs),
        verbose=0,
        validation_data=arrays(val, copies=False),
        callbacks=[plateau, best, Progress()],
        shuffle=False,
    ).history
    names = ("loss", "accuracy", "val_loss", "val_accuracy", "val_top5_accuracy")
    return model, [{name: history[name][i] for name in names} for i in range(len(history["loss"]))]


def predict(model: keras.Model, clips: RaggedClips) -> np.ndarray:
    """Probabilities, (clips, labels)."""
    logits = model.predict(arrays(clips, copies=False)[0], 32, verbose=0)
    return keras.ops.convert_to_numpy(keras.ops.softmax(logits))
