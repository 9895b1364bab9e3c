"""Which registered version is Production, and its files.

MLflow offers two marks, and a person may move either in its UI: the alias `production` and, as long as MLflow has
stages, the stage `Production`. The version that both last agreed on is kept as a tag of the registered model. Whichever
mark has moved away from it is followed and the other one is brought along; when both moved, the alias counts.
"""

import getpass
import logging
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bentos.contract import history

if TYPE_CHECKING:
    from mlflow import MlflowClient

MODEL_NAME = "pose2gloss"  # unless an operator says otherwise
STAGE = "Production"
ALIAS = "production"
AGREED_TAG = "islr.production"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Marks:
    """What the registry says about one model; versions are strings, stages newest change first.

    A model that has no version yet does not exist either.
    """

    alias: str | None = None
    stages: tuple[str, ...] = ()
    agreed: str | None = None
    exists: bool = True


@dataclass(frozen=True)
class Resolution:
    """The version to serve and why.

    Attributes:
        name: registered model.
        version: version to serve, None when there is no Production version.
        reason: one sentence for the log.
        disagreement: one sentence when alias and stage were moved to different versions, and the alias counts.
        moved_by: "alias" or "stage" when that mark was followed, "both" when they moved together, else None.
        marks: what was read.
    """

    name: str
    version: str | None
    reason: str
    disagreement: str | None = None
    moved_by: str | None = None
    marks: Marks = Marks()

    @property
    def settled(self) -> bool:
        """Whether both marks and the agreed version already say the same."""
        m = self.marks
        return self.version is None or (m.alias == m.agreed == self.version and m.stages == (self.version,))


def read_marks(client: "MlflowClient", name: str) -> Marks:
    """Read alias, stage and agreed version of a registered model.

    Raises:
        MlflowException: the registry cannot be reached; a model that does not exist is no error.
    """
    from mlflow.exceptions import MlflowException

    try:
        model = client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return Marks(exists=False)
        raise
    versions = client.search_model_versions(f"name='{name}'")
    known = {str(v.version) for v in versions}
    staged = sorted(
        (v for v in versions if v.current_stage == STAGE),
        key=lambda v: (v.last_updated_timestamp or 0, int(v.version)),
        reverse=True,
    )
    aliases = {key.lower(): str(value) for key, value in sorted(model.aliases.items())}
    alias, agreed = aliases.get(ALIAS), model.tags.get(AGREED_TAG)
    return Marks(
        alias=alias if alias in known else None,
        stages=tuple(str(v.version) for v in staged),
        agreed=agreed if agreed in known else None,
        exists=bool(known),
    )


def decide(name: str, marks: Marks) -> Resolution:
    """Apply the rule to what was read; no side effects."""

    def result(version: str | None, reason: str, **more: str | None) -> Resolution:
        return Resolution(name, version, reason, marks=marks, **more)

    if not marks.exists:
        return result(None, f"no version of {name} is registered")
    agreed = marks.agreed
    alias = marks.alias if marks.alias != agreed else None
    stage = next((v for v in marks.stages if v != agreed), None)
    if alias and stage:
        if alias == stage:
            return result(alias, f"alias and stage both moved to version {alias}", moved_by="both")
        said = f"alias {ALIAS} was moved to version {alias}, stage {STAGE} to version {stage}: the alias counts"
        return result(alias, said, disagreement=said, moved_by="alias")
    if alias:
        return result(alias, f"alias {ALIAS} moved from version {agreed} to {alias}", moved_by="alias")
    if stage:
        return result(stage, f"stage {STAGE} moved from version {agreed} to {stage}", moved_by="stage")
    if agreed and (marks.alias == agreed or agreed in marks.stages):
        return result(agreed, f"version {agreed} is Production")
    return result(None, f"no version of {name} has the stage {STAGE} or the alias {ALIAS}")


def resolve_production(client: "MlflowClient", name: str, align: bool = True) -> Resolution:
    """Find the version to serve and bring alias, stage and agreed version in line with it.

    Args:
        client: connected to the registry.
        name: registered model.
        align: whether to write; with False nothing is changed.

    Raises:
        MlflowException: the registry cannot be reached.
    """
    from mlflow.exceptions import MlflowException

    resolution = decide(name, read_marks(client, name))
    if resolution.settled or not align:
        return resolution
    again = decide(name, read_marks(client, name))  # a person may be at work: act only on what holds still
    if again.version != resolution.version:
        return again
    log.warning("%s: %s; bringing the other marks along", name, again.reason)
    ways = {"alias": "the alias", "stage": "the stage", "both": "alias and stage"}
    by = f"a person, by {ways[again.moved_by]}" if again.moved_by else None
    try:
        point_at(client, name, again.version or "", by=by, why=again.reason, previous=again.marks.agreed)
    except MlflowException as error:  # a reader without write access still serves the right version
        log.warning("%s: could not align the marks of version %s: %s", name, again.version, error)
    return again


def point_at(
    client: "MlflowClient", name: str, version: str, *, by: str | None, why: str, previous: str | None = None
) -> None:
    """Make a version Production: stage first (archiving what was there), then tags, alias, agreed version.

    That it was done is remembered for good in `history`, whatever becomes of the tags.

    Args:
        client: connected to the registry.
        name: registered model.
        version: version to serve from now on.
        by: who; None leaves the version's tags, and the history, as they are.
        why: one sentence.
        previous: version served until now.

    Raises:
        MlflowException: the registry cannot be reached or written to.
    """
    version, remembered = str(version), None
    if by is not None:
        remembered = history.begin(client, name, who=by, why=why, before=previous, after=version)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # stages are deprecated and still what people use in the UI
        client.transition_model_version_stage(name, version, STAGE, archive_existing_versions=True)
    if by is not None:
        tags = {"promoted_by": by, "promoted_at": datetime.now(UTC).isoformat(timespec="seconds"), "promoted_why": why}
        if previous and previous != version:
            tags["previous_version"] = previous
        for key, value in tags.items():
            client.set_model_version_tag(name, version, key, value)
    client.set_registered_model_alias(name, ALIAS, version)
    client.set_registered_model_tag(name, AGREED_TAG, version)
    if remembered is not None:
        history.end(client, remembered)


def user() -> str:
    """Who acts, as far as the machine knows."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a passwd entry
        return "unknown"


def download(client: "MlflowClient", name: str, version: str, folder: Path) -> Path:
    """Copy a registered version's files into a folder and return where they lie.

    Raises:
        MlflowException: the registry or its artifacts cannot be reached.
    """
    from mlflow.artifacts import download_artifacts

    folder.mkdir(parents=True, exist_ok=True)
    uri, server = client.get_model_version_download_uri(name, str(version)), client.tracking_uri
    return Path(download_artifacts(uri, dst_path=str(folder), tracking_uri=server, registry_uri=server))
