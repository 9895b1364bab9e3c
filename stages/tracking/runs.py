"""Runs in MLflow that are found again by what made them, so that writing them twice changes nothing."""

import math
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages.tracking.connect import experiment_id

if TYPE_CHECKING:
    from mlflow import MlflowClient

RUN_KEY = "islr.run_key"
COMPLETE = "islr.complete"
BATCH = 100  # MLflow's limit of params and tags in one request


def find(client: "MlflowClient", run_key: str) -> str | None:
    """The id of the run with this key, the oldest if two processes made one at the same time."""
    runs = client.search_runs(
        [experiment_id(client)],
        f"tags.`{RUN_KEY}` = '{run_key}'",
        order_by=["attributes.start_time ASC"],
        max_results=1,
    )
    return runs[0].info.run_id if runs else None


def open_run(
    client: "MlflowClient", run_key: str, name: str, params: Mapping[str, Any], tags: Mapping[str, Any] | None = None
) -> str:
    """Find or make the run of a key and write what is missing of its params; returns the run's id.

    Args:
        client: connected.
        run_key: what identifies the work: equal inputs, code and parameters give an equal key.
        name: shown in the UI.
        params: nested values are flattened to dotted names; what is there already stays.
        tags: set anew each time.
    """
    run_id = find(client, run_key)
    tags = {key: str(value) for key, value in (tags or {}).items() if value is not None}
    if run_id is None:
        run = client.create_run(experiment_id(client), run_name=name, tags={RUN_KEY: run_key, **tags})
        run_id = run.info.run_id
    else:
        for key, value in tags.items():
            client.set_tag(run_id, key, value)
    add_params(client, run_id, params)
    return run_id


def add_params(client: "MlflowClient", run_id: str, params: Mapping[str, Any]) -> None:
    """Write the params that the run does not have yet (MLflow refuses to change one)."""
    from mlflow.entities import Param

    have = client.get_run(run_id).data.params
    new = [Param(key, str(value)[:6000]) for key, value in flatten(params).items() if key not in have]
    for start in range(0, len(new), BATCH):
        client.log_batch(run_id, params=new[start : start + BATCH])


def add_metrics(client: "MlflowClient", run_id: str, rows: Iterable[tuple[int, Mapping[str, float]]]) -> int:
    """Write the values that the run does not have yet at their step.

    Args:
        client: connected.
        run_id: the run.
        rows: (step, {name: value}); values that are not finite are left out.

    Returns:
        How many values were missing and have been written.
    """
    from mlflow.entities import Metric

    rows = list(rows)
    names = {name for _, values in rows for name in values}
    known = set(client.get_run(run_id).data.metrics)
    have = {name: {m.step for m in client.get_metric_history(run_id, name)} for name in names & known}
    now = int(time.time() * 1000)
    new = [
        Metric(name, float(value), now, int(step))
        for step, values in rows
        for name, value in values.items()
        if step not in have.get(name, ()) and value is not None and math.isfinite(value)
    ]
    for start in range(0, len(new), 1000):
        client.log_batch(run_id, metrics=new[start : start + 1000])
    return len(new)


def add_files(client: "MlflowClient", run_id: str, files: Mapping[str, Path]) -> None:
    """Upload files that exist, {folder in the run: file or folder}; once, as the run's tag then says."""
    for folder, path in files.items():
        if path.is_dir():
            client.log_artifacts(run_id, str(path), folder)
        elif path.is_file():
            client.log_artifact(run_id, str(path), folder)


def is_complete(client: "MlflowClient", run_id: str) -> bool:
    """Whether everything of this run has been written."""
    return client.get_run(run_id).data.tags.get(COMPLETE) == "true"


def close(client: "MlflowClient", run_id: str) -> None:
    """Mark a run as complete and finished."""
    client.set_tag(run_id, COMPLETE, "true")
    client.set_terminated(run_id, "FINISHED")


def flatten(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """{"a": {"b": 1}} → {"a.b": 1}; lists and None stay as they are."""
    flat: dict[str, Any] = {}
    for key, value in values.items():
        name = f"{prefix}{key}"
        flat.update(flatten(value, f"{name}.") if isinstance(value, Mapping) else {name: value})
    return flat
