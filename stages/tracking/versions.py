"""Versions of the registered model: what identifies one, what travels in it."""

import hashlib
import tempfile
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from bentos.contract import integrity, loading, trial
from bentos.contract.registry import MODEL_NAME, download
from stages.reports.evaluation import Metrics
from stages.start import StageError
from stages.tracking.packing import pack

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

FINGERPRINT = "islr.fingerprint"
IDENTITY = ("model.tflite", "metadata.json", "golden.npz", "pose2gloss.py", "pyfunc.py")
EXTRA = ("vocabulary.npz", "own_signs.npz")  # came later: exports without it keep their fingerprint
SHOWN = ("git_commit", "data_version", "dvc_experiment")  # of a version's origin, as tags
KEPT = (  # tags of a version that is sealed later: what it is, not what became of it
    *("language", "network", "skeleton_version", "glosses", "training_run_key", "val_accuracy", "test_accuracy"),
    *("git_commit", "git_dirty", "dvc_lock_sha256", "data_version", "training_run"),
)
EXAMPLE = 4  # frames of the input example
PACKAGES = ("ai-edge-litert", "mlflow", "numpy")  # all that the model's own code imports


def fingerprint(export: Path) -> str:
    """What makes an export this one: graph, metadata, code, recorded answers; not its card, which holds latencies.

    Raises:
        FileNotFoundError: the export is not complete.
    """
    digest = hashlib.sha256(integrity.TAG.encode())  # versions from before were not sealed: an equal export is new
    for name in (*IDENTITY, *(extra for extra in EXTRA if (export / extra).is_file())):
        path = export / name
        if not path.is_file():
            raise FileNotFoundError(f"{path} is missing: run `dvc repro export`")
        if path.suffix == ".npz":  # the zip around the arrays holds the time it was written
            with np.load(path, allow_pickle=False) as arrays:
                for key in sorted(arrays.files):
                    digest.update(key.encode() + np.ascontiguousarray(arrays[key]).tobytes())
        else:
            digest.update(name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def describing(metadata: Mapping[str, Any]) -> dict[str, str]:
    """Tags by which people tell versions apart: language, network, glosses, how good it is."""
    tags = {name: str(metadata.get(name) or "") for name in ("language", "network")}
    tags["glosses"] = str(len(metadata["labels"]))
    for split, scores in Metrics.model_validate(metadata["metrics"]).scored().items():
        if split != "train" and scores.accuracy_ci:
            low, high = scores.accuracy_ci
            tags[f"{split}_accuracy"] = f"{scores.accuracy:.4f} [{low:.4f}, {high:.4f}] n={scores.n}"
    return {name: value for name, value in tags.items() if value}


def find(client: "MlflowClient", key: str) -> "ModelVersion | None":
    """The oldest version with this fingerprint."""
    found = client.search_model_versions(f"name = '{MODEL_NAME}' AND tags.`{FINGERPRINT}` = '{key}'")
    return min(found, key=lambda v: int(v.version), default=None)


def all_versions(client: "MlflowClient") -> list["ModelVersion"]:
    """All versions, newest first."""
    return sorted(client.search_model_versions(f"name = '{MODEL_NAME}'"), key=lambda v: -int(v.version))


def create(
    client: "MlflowClient",
    export: Path,
    run_id: str,
    tags: Mapping[str, str],
    known: Mapping[str, str],
    extra: Mapping[str, Path],
) -> "ModelVersion":
    """Log the model to a run and register it.

    Args:
        client: connected; the process's own MLflow address must be the same.
        export: what the stage `export` wrote.
        run_id: gets the model.
        tags: of the version; also written into its metadata.json. Must hold the export's fingerprint; that of the
            version's files, by which serving knows them, joins them.
        known: where it comes from, for its metadata.json; of this the tags show only what people look for.
        extra: more files or folders that travel in it, by their place there; missing ones are left out.

    Returns:
        The new version, or the one that another process made of the same export in the meantime.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    tags = {**tags, **{name: known[name] for name in SHOWN if name in known}}
    with tempfile.TemporaryDirectory() as scratch:
        folder = pack(Path(scratch) / "model", export, {**known, **tags, "run_id": run_id}, extra)
        sealed = {integrity.TAG: integrity.fingerprint(folder)}
        # MLflow advises type hints though a signature is set, and its filter wins over ours: so its warnings are taken
        with mlflow.start_run(run_id=run_id), warnings.catch_warnings(record=True):
            logged = mlflow.pyfunc.log_model(
                name=MODEL_NAME,
                python_model=str(folder / "pyfunc.py"),
                artifacts={"model": str(folder)},
                pip_requirements=_requirements(),
                signature=_signature(),
                input_example=_example(folder),
            )
    try:
        client.create_registered_model(MODEL_NAME, description="Landmarks of one isolated sign to glosses")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    made = client.create_model_version(
        MODEL_NAME, logged.model_uri, run_id=run_id, tags={**tags, **sealed}, model_id=logged.model_id
    )
    first = find(client, tags[FINGERPRINT])
    if first is not None and int(first.version) < int(made.version):  # two machines at once: the older one counts
        client.delete_model_version(MODEL_NAME, made.version)
        return first
    card = export / "MODEL_CARD.md"
    if card.is_file():
        client.update_model_version(MODEL_NAME, made.version, card.read_text(encoding="utf-8")[:5000])
    return client.get_model_version(MODEL_NAME, made.version)


def reseal(client: "MlflowClient", number: str) -> "ModelVersion":
    """Register a version from before once more, with the fingerprint of its files, if it answers as recorded.

    Raises:
        StageError: it does not.
        MlflowException: there is no such version, or its files cannot be had.
    """
    old = client.get_model_version(MODEL_NAME, number)
    with tempfile.TemporaryDirectory() as scratch:
        whole = download(client, MODEL_NAME, number, Path(scratch) / "files")
        graph = loading.find(whole, loading.MODEL_FILE)
        if graph is None:
            raise StageError(f"version {number} cannot be sealed: it holds no {loading.MODEL_FILE}")
        home = graph.parent
        integrity.seal(home)
        try:
            trial.run(home)
        except loading.ModelError as error:
            raise StageError(f"version {number} cannot be sealed: {error}") from None
        key = fingerprint(home)
        facts = {name: value for name, value in old.tags.items() if name in KEPT}
        return find(client, key) or create(client, home, old.run_id or "", facts | {FINGERPRINT: key}, {}, {})


def _example(folder: Path) -> tuple[np.ndarray, dict[str, float]]:
    """The first of the recorded figures, as short as a person would look at, and its parameters.

    A point that was not seen is NaN, which MLflow's example cannot hold: such points are left at 0 here.
    """
    with np.load(folder / "golden.npz", allow_pickle=False) as golden:
        clip = golden["landmarks"][: golden["offsets"][1]][:EXAMPLE].astype(np.float32)
        return np.nan_to_num(clip), {"fps": float(golden["fps"][0])}


def _requirements() -> list[str]:
    from importlib.metadata import version

    return [f"{name}=={version(name)}" for name in PACKAGES]


def _signature():
    """Landmarks of one clip to probabilities; `fps` and `aspect` as parameters, 0 = not known."""
    from mlflow.models.signature import ModelSignature
    from mlflow.types.schema import ParamSchema, ParamSpec, Schema, TensorSpec

    number = np.dtype("float32")
    return ModelSignature(
        inputs=Schema([TensorSpec(number, (-1, 180, 3))]),
        outputs=Schema([TensorSpec(number, (-1,))]),
        params=ParamSchema([ParamSpec("fps", "double", 0.0), ParamSpec("aspect", "double", 0.0)]),
    )
