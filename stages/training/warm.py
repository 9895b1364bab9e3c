"""Begin with what another model has learned, of other glosses or other points."""

import logging
from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

from stages import paths
from stages.dataset.spec import TensorSpec
from stages.features.inputs import FrameFeatures
from stages.tracking.connect import connect
from stages.training.saved import ModelFileError, load_model

log = logging.getLogger(__name__)
SAME = "give both one size (train.gislr, train.convnext_tiny)"


def checkpoint(where: str) -> Path:
    """The folder with the `model.keras` and `spec.json` that a name stands for.

    Args:
        where: `base` (the base model of this repository), a model.keras, its folder, or a registered version:
            models:/pose2gloss/3, models:/pose2gloss@production.

    Raises:
        FileNotFoundError: nothing of the kind is there.
    """
    if not where.startswith("models:/"):
        path = paths.BASE_TRAINING if where == "base" else Path(where)
        folder = path.parent if path.suffix == ".keras" else path
        if not (folder / "model.keras").is_file():
            back = f": get it back with `git checkout {paths.BASE}`" if where == "base" else ""
            raise FileNotFoundError(f"train.warm_start is {where}, but {folder / 'model.keras'} is missing{back}")
        return folder
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    from bentos.contract.database import DatabaseError

    try:
        connect()
        return Path(download_artifacts(f"{where}/artifacts/model/training"))
    except (DatabaseError, MlflowException, OSError) as error:
        raise FileNotFoundError(f"{where} has no weights to train on from: {error}") from error


def warm_start(model: keras.Model, spec: TensorSpec, where: str) -> tuple[int, int]:
    """Take over the weights of another model of this network, by name where meanings differ.

    Glosses that both know keep what the output has learned of them, points that both see what the first layer has;
    what is new keeps its fresh values.

    Args:
        model: gets the weights.
        spec: what its glosses and points are.
        where: see `checkpoint`.

    Returns:
        How many weights were taken over, wholly or in part, and how many glosses; none from another network, so that
        all candidates can be given one model to begin with.

    Raises:
        FileNotFoundError: there is no such model.
        ModelFileError: it is of another size, or of layers that are no more.
    """
    folder = checkpoint(where)
    other = load_model(folder / "model.keras")
    known = TensorSpec.read(folder / "spec.json")
    if other.name != model.name:
        log.warning("%s is %s: %s begins afresh", where, other.name, model.name)
        return 0, 0
    if len(other.weights) != len(model.weights):
        raise ModelFileError(
            f"{where} has {len(other.weights)} weights, {model.name} here {len(model.weights)}: {SAME}"
        )
    rows, columns = _same(_channels(model), _channels(other)), _same(spec.labels, known.labels)
    taken = 0
    for weight, old in zip(model.weights, other.weights, strict=True):
        if not weight.dtype.startswith("float"):  # counters and seeds
            continue
        value, learned = np.array(weight), np.array(old)
        ours: Any = ...
        theirs: Any = ...
        if weight.path.startswith("logits/"):
            ours, theirs = (..., columns[0]), (..., columns[1])
        elif weight.path.startswith("stem/") and weight.path.endswith("kernel") and rows[0]:
            ours, theirs = ((..., indices, slice(None)) for indices in rows)
        if value[ours].shape != learned[theirs].shape:
            raise ModelFileError(f"{weight.path} is {learned.shape} in {where} and {value.shape} here: {SAME}")
        value[ours] = learned[theirs]
        weight.assign(value)
        taken += 1
    log.info("took over %d of %d weights and %d glosses from %s", taken, len(model.weights), len(columns[0]), where)
    return taken, len(columns[0])


def _channels(model: keras.Model) -> Sequence[Hashable]:
    """What goes into the stem, channel by channel; nothing for a network that sees an image."""
    return next((layer.channels() for layer in model.layers if isinstance(layer, FrameFeatures)), ())


def _same(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> tuple[list[int], list[int]]:
    """Indices of what stands in both, in each."""
    place = {name: i for i, name in enumerate(theirs)}
    both = [(i, place[name]) for i, name in enumerate(ours) if name in place]
    return [i for i, _ in both], [j for _, j in both]
