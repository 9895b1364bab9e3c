"""The version that an empty registry begins with: the base model that comes with the repository."""

from typing import TYPE_CHECKING

from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_random

from bentos.contract import integrity, trial
from bentos.contract.loading import ModelError, read_metadata
from bentos.contract.registry import MODEL_NAME
from stages import paths
from stages.start import StageError
from stages.tracking import filling, promotion, versions

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

MARK = "islr.base"  # tag of the version that comes from paths.BASE
ORIGIN = ("git_commit", "git_dirty", "dvc_lock_sha256", "data_version")  # what it says of itself


def found(client: "MlflowClient") -> "ModelVersion | None":
    """Give an empty registry the base model as its first version, in Production.

    A registry that has versions of its own is left as it is; where an earlier call was cut off between the two steps,
    the second is made up for.

    Returns:
        The version that is Production from now on; None when nothing was to be done.

    Raises:
        StageError: the base is not whole.
    """
    from mlflow.exceptions import MlflowException

    there = versions.all_versions(client)
    if not paths.BASE.is_dir() or any(MARK not in v.tags or "promoted_at" in v.tags for v in there):
        return None
    made = there[-1] if there else _register(client)
    if made is None:
        return None
    why = "the registry was empty: the base model serves until a better version is promoted"
    trying = retry_if_exception_type(MlflowException)  # another process may write the same marks at the same time
    for attempt in Retrying(retry=trying, stop=stop_after_attempt(5), wait=wait_random(0.2, 1), reraise=True):
        with attempt:
            if promotion.production(client) is not None:  # it was faster
                return None
            promotion.promote(client, made.version, why, by="register")
    return made


def _register(client: "MlflowClient") -> "ModelVersion | None":
    """The base as a version, with a run of its own; None when the registry is no longer empty."""
    try:
        trial.run(integrity.verify(paths.BASE))
        metadata = read_metadata(paths.BASE)
        key = versions.fingerprint(paths.BASE)
    except (ModelError, FileNotFoundError) as error:
        raise StageError(f"{paths.BASE} is not whole ({error}): get it back with `git checkout {paths.BASE}`") from None
    known = {name: metadata[name] for name in ORIGIN if name in metadata}
    run_id = filling.base(client, key, metadata, known)
    tags = versions.describing(metadata) | {versions.FINGERPRINT: key, MARK: "true"}
    made = versions.create(client, paths.BASE, run_id, tags, known, {})
    filling.finish(client, run_id)
    if versions.all_versions(client)[-1].version != made.version:  # another process has registered something else first
        client.delete_model_version(MODEL_NAME, made.version)
        return None
    return made
