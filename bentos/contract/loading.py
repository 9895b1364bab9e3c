"""From a folder with a registered model to something that answers, checked before it serves.

The Python that prepares landmarks and runs the TFLite file travels inside the model, so that a version is always
served with the code it was made with. Nothing here needs TensorFlow, MediaPipe or the code that trains.
"""

import importlib.util
import json
import uuid
from importlib.machinery import SourceFileLoader
from itertools import zip_longest
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pydantic import ValidationError

from bentos.contract.metadata import Metadata
from bentos.contract.skeleton import COORDINATES, NUM_LANDMARKS, RIGHT_HAND

CODE_FILE = "pose2gloss.py"
MODEL_FILE = "model.tflite"
METADATA_FILE = "metadata.json"
GOLDEN_FILE = "golden.npz"
OWN_SIGNS_FILE = "own_signs.npz"  # of versions that take signs which people teach
TOLERANCE = 1e-3


class ModelError(Exception):
    """A model that must not serve; the message says why."""


class Model(Protocol):
    """What travels in the model's Python file; versions from before have no `embed`."""

    labels: list[str]

    def predict(self, landmarks: np.ndarray, fps: float | None = None, aspect: float | None = None) -> np.ndarray:
        """(frames, 180, 3) landmarks to (labels,) probabilities."""

    def embed(
        self, landmarks: np.ndarray, fps: float | None = None, aspect: float | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """As `predict`, and the clip's embedding, of unit length."""


def find(folder: Path, name: str) -> Path | None:
    """The file of that name nearest to the top of a folder, or None."""
    return min(folder.rglob(name), key=lambda p: (len(p.parts), str(p)), default=None)


def read_metadata(folder: Path) -> dict[str, Any]:
    """The model's description: labels, frame rate, metrics, where it comes from.

    Raises:
        ModelError: the file is missing, no JSON, or does not say what serving needs.
    """
    path = find(folder, METADATA_FILE)
    if path is None:
        raise ModelError(f"{folder} holds no {METADATA_FILE}")
    try:
        metadata = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ModelError(f"{path} is not valid JSON: {error}") from None
    try:
        Metadata.model_validate(metadata)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"])
        raise ModelError(f"{path}: {where or 'metadata'}: {first['msg']}") from None
    return metadata


class _Unwritten(SourceFileLoader):
    """Leaves no compiled copy beside the code: a model's folder, which may be a stage's output, stays as it is."""

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Write nothing."""


def load(folder: Path) -> Model:
    """Load a model with its own code.

    Args:
        folder: holds pose2gloss.py, model.tflite and metadata.json, at any depth.

    Raises:
        ModelError: a file is missing, or the code does not load.
    """
    code, model = find(folder, CODE_FILE), find(folder, MODEL_FILE)
    if code is None or model is None:
        raise ModelError(f"{folder} holds no {MODEL_FILE if model is None else CODE_FILE}: not a pose2gloss model")
    # a name of its own for each load: two versions live side by side while one takes over from the other
    name = f"pose2gloss_{uuid.uuid4().hex}"
    spec = importlib.util.spec_from_file_location(name, code, loader=_Unwritten(name, str(code)))
    if spec is None or spec.loader is None:
        raise ModelError(f"{code} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.Pose2Gloss(model.parent)
    except Exception as error:  # the code is the model's; whatever it raises, it must not serve
        raise ModelError(f"{code} does not load: {type(error).__name__}: {error}") from error


def check(model: Model, folder: Path, labels: int) -> int:
    """Compare a loaded model with the outputs that were recorded when it was exported.

    Args:
        model: as loaded.
        folder: where it came from; its golden.npz holds `landmarks` (frames of all clips in a row), `offsets`, `fps`,
            `aspect`, `probabilities` and `labels`, the glosses whose probabilities these are.
        labels: number of labels.

    Returns:
        Clips compared; 0 when the model brings no recording (then one made-up clip must give sane probabilities).

    Raises:
        ModelError: the outputs differ, are no probabilities, or bear other names.
    """
    golden = find(folder, GOLDEN_FILE)
    if golden is None:
        probabilities = np.asarray(model.predict(made_up_clip()))
        if probabilities.shape != (labels,) or not np.isfinite(probabilities).all():
            raise ModelError(f"the model gives {probabilities.shape} values, not {labels} finite probabilities")
        return 0
    with np.load(golden, allow_pickle=False) as file:
        recorded = {key: file[key] for key in file.files}
    _check_names(model.labels, recorded.get("labels"))
    frames, offsets, expected = recorded["landmarks"], recorded["offsets"], recorded["probabilities"]
    for i in range(len(expected)):
        fps = float(recorded["fps"][i])
        aspect = float(recorded["aspect"][i]) if "aspect" in recorded else None
        given = model.predict(frames[offsets[i] : offsets[i + 1]].astype(np.float32), fps=fps, aspect=aspect)
        difference = float(np.abs(np.asarray(given) - expected[i]).max())
        if not difference <= TOLERANCE:
            raise ModelError(f"clip {i} of {GOLDEN_FILE} gives probabilities that differ by {difference:.2g}")
    return len(expected)


def _check_names(labels: list[str], recorded: np.ndarray | None) -> None:
    """Raise a ModelError where answers would bear other names than recorded; versions from before record none."""
    for i, (name, right) in enumerate(zip_longest(labels, labels if recorded is None else recorded.tolist())):
        if name != right:
            raise ModelError(f"label {i} is {name!r}, but {GOLDEN_FILE} was recorded when it was {right!r}")


def made_up_clip() -> np.ndarray:
    """A clip of 16 frames in which a right hand moves and nothing else is seen: (16, 180, 3) float32."""
    clip = np.full((16, NUM_LANDMARKS, COORDINATES), np.nan, np.float32)
    clip[:, RIGHT_HAND] = 0.5 + 0.1 * np.random.default_rng(0).random((16, 21, 3))
    clip[:, RIGHT_HAND, 0] += np.linspace(0, 0.2, 16)[:, None]
    return clip
