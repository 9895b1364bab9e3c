"""Which version serves, and how that changes: by the gate, by a person, back again."""

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bentos.contract.registry import ALIAS, MODEL_NAME, STAGE, download, point_at, resolve_production, user
from stages import paths
from stages.start import StageError
from stages.tracking import gate
from stages.tracking.versions import all_versions

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

log = logging.getLogger(__name__)
ROLLED_BACK = "rolled_back"


def production(client: "MlflowClient") -> str | None:
    """The version that serves now; alias, stage and agreed version are brought in line on the way."""
    return resolve_production(client, MODEL_NAME).version


def promote(client: "MlflowClient", version: str, why: str, by: str | None = None) -> str | None:
    """Make a version Production.

    Two people may do this at once: afterwards the marks are read again, and whatever both then say is what serves.

    Args:
        client: connected.
        version: number of the version.
        why: one sentence, kept as a tag.
        by: who; the user of this machine by default.

    Returns:
        The version that was Production before.

    Raises:
        MlflowException: there is no such version.
    """
    client.get_model_version(MODEL_NAME, version)
    before = production(client)
    point_at(client, MODEL_NAME, version, by=by or user(), why=why, previous=before)
    now = production(client)
    if now != str(version):
        log.warning("version %s was promoted, and somebody else promoted version %s at the same time", version, now)
    return before


def rollback(client: "MlflowClient", why: str, by: str | None = None) -> tuple[str, str]:
    """Make the version Production that was it before; the one that is left is never promoted again by itself.

    Returns:
        (version left, version that serves now).

    Raises:
        StageError: there is no Production version, or none before it that still exists.
    """
    now = production(client)
    if now is None:
        raise StageError(f"no version of {MODEL_NAME} is {STAGE}: there is nothing to roll back from")
    tags = {str(v.version): v.tags for v in all_versions(client)}
    before, passed = tags[now].get("previous_version"), {now}
    while before and before not in passed and (before not in tags or ROLLED_BACK in tags[before]):
        passed.add(before)
        before = tags.get(before, {}).get("previous_version")
    if not before or before in passed:
        raise StageError(f"version {now} came after no other: promote one by its number instead")
    client.set_model_version_tag(MODEL_NAME, now, ROLLED_BACK, why)
    kept = tags[before].get("previous_version")
    point_at(client, MODEL_NAME, before, by=by or user(), why=f"rolled back from version {now}: {why}", previous=now)
    if kept:  # the chain leads on to what came before it, not back to the version just left
        client.set_model_version_tag(MODEL_NAME, before, "previous_version", kept)
    else:
        client.delete_model_version_tag(MODEL_NAME, before, "previous_version")
    return now, before


def consider(client: "MlflowClient", made: "ModelVersion", limits: gate.Limits, frame_rate: float) -> gate.Verdict:
    """Put a version through the gate and write down what the gate says, as tags of the version."""
    against = production(client)
    with tempfile.TemporaryDirectory() as scratch:
        folder = download(client, MODEL_NAME, made.version, Path(scratch) / "new")
        champion = download(client, MODEL_NAME, against, Path(scratch) / "old") if against else None
        verdict = gate.examine(folder, champion, against, paths.TENSORS, frame_rate, limits)
    tags = {
        "gate": "passed" if verdict.passed else "failed",
        "gate_reason": verdict.reason,
        "gate_against": verdict.against or "none",
        "gate_limits": limits.in_short(),
    }
    for key, value in tags.items():
        client.set_model_version_tag(MODEL_NAME, made.version, key, value[:5000])
    return verdict


def decide(
    client: "MlflowClient",
    made: "ModelVersion",
    experiment: str | None,
    auto_promote: bool,
    limits: gate.Limits,
    judge: Callable[[], gate.Verdict],
) -> tuple[bool, str]:
    """Whether to promote a registered version by itself.

    Args:
        client: connected.
        made: the version.
        experiment: name of the DVC experiment it comes from, None in a plain `dvc repro`.
        auto_promote: whether what passes the gate is promoted without a person.
        limits: of the gate; one that said no under the same limits, to the same Production, is not asked again.
        judge: asks the gate; called only when nothing else speaks against the version.

    Returns:
        (promote, reason).
    """
    now, tags = production(client), made.tags
    if now == str(made.version):
        return False, f"version {now} is {STAGE} already"
    if ROLLED_BACK in tags:
        return False, f"a person rolled it back ({tags[ROLLED_BACK]}); only a person promotes it again"
    if "promoted_at" in tags:
        return False, f"it was {STAGE} before and version {now} took its place; only a person promotes it again"
    if experiment:
        return False, f"it comes from the experiment {experiment}; experiments are registered and never promoted"
    asked = (tags.get("gate_against"), tags.get("gate_limits")) == (now or "none", limits.in_short())
    if tags.get("gate") == "failed" and asked:
        return False, tags.get("gate_reason", "the gate said no")
    verdict = judge()
    if verdict.passed and not auto_promote:
        return False, f"it passed the gate ({verdict.reason}) and register.auto_promote is off: promote it by hand"
    return verdict.passed, verdict.reason


def describe(client: "MlflowClient") -> list[dict[str, str]]:
    """One row a version, newest first, for people: what it is, how good, where it stands and why."""
    serving = resolve_production(client, MODEL_NAME, align=False).version
    rows = []
    for v in all_versions(client):
        tags = v.tags
        rows.append(
            {
                "version": str(v.version),
                "stage": v.current_stage or "None",
                "alias": ALIAS if str(v.version) == serving else "",
                "language": tags.get("language", ""),
                "network": tags.get("network", ""),
                "val top-1": tags.get("val_accuracy", ""),
                "test top-1": tags.get("test_accuracy", ""),
                "glosses": tags.get("glosses", ""),
                "git": tags.get("git_commit", "")[:8],
                "data": tags.get("data_version", "")[:8],
                "said": _said(tags),
            }
        )
    return rows


def _said(tags: dict[str, str]) -> str:
    """What is to be known of a version first."""
    if ROLLED_BACK in tags:
        return f"rolled back: {tags[ROLLED_BACK]}"
    return tags.get("promoted_why") or tags.get("gate_reason") or tags.get("dvc_experiment", "")
