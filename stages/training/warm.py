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
Indices = tuple[list[int], list[int]]


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


def warm_start(model: keras.Model, spec: TensorSpec, where: str, share: float = 1.0) -> tuple[int, int]:
    """Take over the weights of another model of this network, by name where meanings differ.

    Glosses that both know keep what the output has learned of them, channels that both see (pieces and points) what
    the first layer has; what is new keeps its fresh values.

    Args:
        model: gets the weights.
        spec: what its glosses and points are.
        where: see `checkpoint`.
        share: of the other model in what both know; the rest stays as it is.

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
    same_size = f"give both one size (train.{model.name})"
    if len(other.weights) != len(model.weights):
        raise ModelFileError(
            f"{where} has {len(other.weights)} weights, {model.name} here {len(model.weights)}: {same_size}"
        )
    channels, glosses = _same(_channels(model), _channels(other)), _same(spec.labels, known.labels)
    meanings, taken = _meanings(model, channels, glosses), 0
    for weight, old in zip(model.weights, other.weights, strict=True):
        if not weight.dtype.startswith("float"):  # counters and seeds
            continue
        value, learned = np.array(weight), np.array(old)
        by_axis = meanings.get(id(weight), {})
        ours, theirs = (
            [by_axis[axis][side] if axis in by_axis else range(n) for axis, n in enumerate(array.shape)]
            for side, array in enumerate((value, learned))
        )
        if [len(i) for i in ours] != [len(i) for i in theirs]:
            raise ModelFileError(f"{weight.path} is {learned.shape} in {where} and {value.shape} here: {same_size}")
        here, there = np.ix_(*ours), np.ix_(*theirs)
        value[here] = share * learned[there] + (1 - share) * value[here]
        weight.assign(value)
        taken += 1
    log.info("took over %d of %d weights and %d glosses from %s", taken, len(model.weights), len(glosses[0]), where)
    return taken, len(glosses[0])


def _meanings(model: keras.Model, channels: Indices, glosses: Indices) -> dict[int, dict[int, Indices]]:
    """Axes of weights that stand for channels or glosses, with what is known on both sides; by id of the weight.

    They are found by what their layers do, whatever these are called: kernels of the layers that take in the features
    have the channels along their last axis but one, weights of the layer that gives the logits the glosses along
    their last.
    """
    found: dict[int, dict[int, Indices]] = {}
    for layer in model.layers:
        first = any(isinstance(_origin(node.input_tensors[0]), FrameFeatures) for node in _nodes(layer))
        for weight in layer.weights if first else ():
            if len(weight.shape) > 1 and weight.shape[-2] == len(_channels(model)):
                found.setdefault(id(weight), {})[len(weight.shape) - 2] = channels
    for weight in getattr(_origin(model.outputs[0]), "weights", ()):
        if weight.shape and weight.shape[-1] == model.output_shape[-1]:
            found.setdefault(id(weight), {})[len(weight.shape) - 1] = glosses
    return found


def _nodes(operation: Any) -> list[Any]:
    """Where an operation is called on something."""
    return [node for node in operation._inbound_nodes if node.input_tensors]


def _origin(tensor: Any) -> Any:
    """The layer with weights, or of features, that values come from, past all that has none; None for a mask."""
    operation, call, output = tensor._keras_history
    if output:
        return None  # by the convention of all layers here, values come first and the mask second
    if getattr(operation, "weights", None) or isinstance(operation, FrameFeatures):
        return operation
    inputs = operation._inbound_nodes[call].input_tensors
    return _origin(inputs[0]) if inputs else None


def _channels(model: keras.Model) -> Sequence[Hashable]:
    """What the features are, channel by channel; nothing for a network that sees an image."""
    return next((layer.channels() for layer in model.layers if isinstance(layer, FrameFeatures)), ())


def _same(ours: Sequence[Hashable], theirs: Sequence[Hashable]) -> Indices:
    """Indices of what stands in both, in each."""
    place = {name: i for i, name in enumerate(theirs)}
    both = [(i, place[name]) for i, name in enumerate(ours) if name in place]
    return [i for i, _ in both], [j for _, j in both]
