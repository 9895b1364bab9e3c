"""From a folder with a registered model to something that answers, checked before it serves.

The Python that prepares landmarks and runs the TFLite file travels inside the model, so that a version is always
served with the code it was made with. Nothing here needs TensorFlow, MediaPipe or the code that trains.
"""

import importlib.util
import json
import uuid
import zipfile
import zlib
from importlib.machinery import SourceFileLoader
from itertools import zip_longest
from pathlib import Path
from typing import Any, NoReturn, Protocol

import numpy as np
from pydantic import ValidationError

from bentos.contract.integrity import ModelError
from bentos.contract.metadata import Metadata
from bentos.contract.skeleton import COORDINATES, NUM_LANDMARKS, RIGHT_HAND

CODE_FILE = "pose2gloss.py"
MODEL_FILE = "model.tflite"
METADATA_FILE = "metadata.json"
GOLDEN_FILE = "golden.npz"
OWN_SIGNS_FILE = "own_signs.npz"  # of versions that take signs which people teach
TOLERANCE = 1e-3


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
        raise ModelError(f"{path}: {where or 'metadata'}: {first['msg'].removeprefix('Value error, ')}") from None
    return metadata


class _SourceAlone(SourceFileLoader):
    """Neither reads nor writes compiled code, which no fingerprint covers: what runs is the source that lies there."""

    def path_stats(self, path: str) -> NoReturn:
        """Say that nothing is known of the file's age, so that no compiled copy can be of it."""
        raise OSError


def load(folder: Path) -> Model:
    """Load a model with its own code, in this process: only what `trial.run` has tried in another one.

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
    spec = importlib.util.spec_from_file_location(name, code, loader=_SourceAlone(name, str(code)))
    if spec is None or spec.loader is None:
        raise ModelError(f"{code} is no Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        return module.Pose2Gloss(model.parent)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # the code is the model's; whatever it raises, it must not serve
        raise ModelError(f"{code} does not load: {type(error).__name__}: {error}") from error


def check(model: Model, folder: Path) -> int:
    """Compare a loaded model with the outputs that were recorded when it was exported.

    Args:
        model: as loaded.
        folder: where it came from; its golden.npz holds `landmarks` (frames of all clips in a row), `offsets`, `fps`,
            `aspect`, `probabilities` and `labels`, the glosses whose probabilities these are. What else it holds is
            not looked at.

    Returns:
        Clips compared, at least one.

    Raises:
        ModelError: there are no recorded outputs, they differ, or are those of other glosses.
    """
    recorded, labels = _recorded(folder), read_metadata(folder)["labels"]
    for names in (labels, list(model.labels)):
        _compare_names(names, recorded["labels"].tolist())
    frames, offsets, expected = recorded["landmarks"], recorded["offsets"], recorded["probabilities"]
    for i, right in enumerate(expected):
        clip = frames[offsets[i] : offsets[i + 1]].astype(np.float32)
        try:
            given = np.asarray(model.predict(clip, fps=float(recorded["fps"][i]), aspect=float(recorded["aspect"][i])))
            difference = float(np.abs(given - right).max()) if given.shape == right.shape else float("inf")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # as above
            said = f"{type(error).__name__}: {error}"
            raise ModelError(f"clip {i} of {GOLDEN_FILE} gives no probabilities: {said}") from error
        if not difference <= TOLERANCE:
            raise ModelError(f"clip {i} of {GOLDEN_FILE} gives probabilities that differ by {difference:.2g}")
    return len(expected)


def _recorded(folder: Path) -> dict[str, np.ndarray]:
    """The arrays of golden.npz, at least one clip, each answer with as many numbers as there are glosses."""
    for path in folder.rglob("*.npz"):  # figures too are read while the service runs
        arrays(path)
    golden = find(folder, GOLDEN_FILE)
    if golden is None:
        raise ModelError(f"there is no {GOLDEN_FILE}: without recorded answers nobody can tell whether it is right")
    recorded = arrays(golden)
    wanted = ("landmarks", "offsets", "fps", "aspect", "probabilities", "labels")
    if missing := [name for name in wanted if name not in recorded]:
        raise ModelError(f"{GOLDEN_FILE} does not say {', '.join(missing)}: export the model anew")
    count, offsets = len(recorded["probabilities"]), recorded["offsets"]
    if not count:
        raise ModelError(f"{GOLDEN_FILE} holds no clip: without recorded answers nobody can tell whether it is right")
    parallel = {len(recorded["fps"]), len(recorded["aspect"]), len(offsets) - 1} == {count}
    if not parallel or offsets[-1] != len(recorded["landmarks"]) or (np.diff(offsets) < 1).any():
        raise ModelError(f"{GOLDEN_FILE} does not hold as many clips as answers")
    if recorded["probabilities"].shape[1:] != recorded["labels"].shape:
        raise ModelError(f"{GOLDEN_FILE} does not say of each probability whose it is")
    return recorded


def arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of a file, each read whole.

    Raises:
        ModelError: it is cut, or no file of arrays.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, AttributeError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelError(f"{path.name} cannot be read: {error}") from error


def _compare_names(names: list[str], recorded: list[str]) -> None:
    """Raise a ModelError where answers would bear other names than recorded."""
    for i, (name, right) in enumerate(zip_longest(names, recorded)):
        if name != right:
            raise ModelError(f"label {i} is {name!r}, but {GOLDEN_FILE} was recorded when it was {right!r}")


def made_up_clip() -> np.ndarray:
    """A clip of 16 frames in which a right hand moves and nothing else is seen: (16, 180, 3) float32."""
    clip = np.full((16, NUM_LANDMARKS, COORDINATES), np.nan, np.float32)
    clip[:, RIGHT_HAND] = 0.5 + 0.1 * np.random.default_rng(0).random((16, 21, 3))
    clip[:, RIGHT_HAND, 0] += np.linspace(0, 0.2, 16)[:, None]
    return clip
