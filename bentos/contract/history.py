"""Promotions, remembered for good: a run of MLflow each, in an experiment of its own.

MLflow never changes a param that was written, so a later promotion cannot overwrite an earlier one as tags would. The
run is begun before the registry's marks move and ended after: one that has not ended tells of a promotion cut off.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "islr-promotions"
NONE = "none"  # where there was no version before


@dataclass(frozen=True)
class Promotion:
    """That a version became Production.

    Attributes:
        when: UTC.
        who: a person, the gate, or what else did it.
        why: one sentence.
        before: version that was Production until then, None if there was none.
        after: version that was made Production.
        done: False while it is under way, and for ever if it was cut off.
    """

    when: datetime
    who: str
    why: str
    before: str | None
    after: str
    done: bool


def begin(client: "MlflowClient", name: str, *, who: str, why: str, before: str | None, after: str) -> str:
    """Write down that a version is made Production; returns the id for `end`.

    Raises:
        MlflowException: it cannot be written: then nothing is to be promoted.
    """
    run = client.create_run(_experiment(client), run_name=f"{name} {before or NONE} to {after}")
    for key, value in {"model": name, "who": who, "why": why, "from": before or NONE, "to": after}.items():
        client.log_param(run.info.run_id, key, str(value)[:6000], synchronous=True)
    return run.info.run_id


def end(client: "MlflowClient", promotion: str) -> None:
    """Write down that the marks have moved."""
    client.set_terminated(promotion)


def read(client: "MlflowClient", name: str) -> list[Promotion]:
    """All promotions of a registered model, the last one first; what several processes wrote of one, once."""
    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        return []
    promotions, token = [], None
    while token != "":
        page = client.search_runs(
            [found.experiment_id], f"params.model = '{name}'", order_by=["attributes.start_time DESC"], page_token=token
        )
        promotions += [_promotion(run) for run in page]
        token = page.token or ""
    said = [(p.who, p.why, p.before, p.after) for p in promotions]
    return [p for i, p in enumerate(promotions) if i + 1 == len(said) or said[i] != said[i + 1]]


def _promotion(run) -> Promotion:
    said = run.data.params
    when = datetime.fromtimestamp(run.info.start_time / 1000, UTC)
    before = said.get("from", NONE)
    return Promotion(
        when,
        said.get("who", ""),
        said.get("why", ""),
        None if before == NONE else before,
        said.get("to", ""),
        run.info.status == "FINISHED",
    )


def _experiment(client: "MlflowClient") -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        try:
            return client.create_experiment(EXPERIMENT)
        except MlflowException as error:  # another process was faster
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is None:
                raise error
    if found.lifecycle_stage == "deleted":
        client.restore_experiment(found.experiment_id)
    return found.experiment_id
