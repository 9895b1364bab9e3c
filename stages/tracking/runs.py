"""Runs in MLflow that are found again by what made them, so that writing them twice changes nothing."""

import json
import math
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stages import paths
from stages.tracking.connect import experiment_id

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

RUN_KEY = "islr.run_key"
COMPLETE = "islr.complete"
SAME_AS = "islr.same_as"  # the run whose work this one's experiment took over
EXPERIMENT = "dvc_experiment"
BATCH = 100  # MLflow's limit of params and tags in one request


def experiment() -> str | None:
    """Name of the DVC experiment that this stage runs in, None in a plain `dvc repro`."""
    return os.environ.get("DVC_EXP_NAME") or None


def find(client: "MlflowClient", run_key: str) -> str | None:
    """The id of the run with this key, None when there is none.

    Within a DVC experiment it is the experiment's own; outside of one, as after `dvc exp apply`, the oldest.
    """
    return next((run.info.run_id for run in _known(client, run_key) if _own(run)), None)


def _known(client: "MlflowClient", run_key: str) -> list["Run"]:
    """All runs with this key, the oldest first."""
    asked = f"tags.`{RUN_KEY}` = '{run_key}'"
    return client.search_runs([experiment_id(client)], asked, order_by=["attributes.start_time ASC"])


def _own(run: "Run") -> bool:
    return experiment() in (None, run.data.tags.get(EXPERIMENT))


def open_run(
    client: "MlflowClient", run_key: str, name: str, params: Mapping[str, Any], tags: Mapping[str, Any] | None = None
) -> str:
    """Find or make the run of a key and write what is missing of it; returns the run's id.

    A run that is complete stays as it is. An experiment whose work was done before gets a run of its own that names
    the first one in its tag `islr.same_as`.

    Args:
        client: connected.
        run_key: what identifies the work: equal inputs, code and parameters give an equal key.
        name: shown in the UI.
        params: nested values are flattened to dotted names; what is there already stays.
        tags: set anew each time until the run is complete; MLflow's own (who, which code, which commit) come by itself.
    """
    from mlflow.tracking.context.registry import resolve_tags

    known = _known(client, run_key)
    own = next((run for run in known if _own(run)), None)
    if own is not None and own.data.tags.get(COMPLETE) == "true":
        return own.info.run_id
    told = {key: str(value) for key, value in (tags or {}).items() if value is not None}
    if own is None:
        told |= {RUN_KEY: run_key} | ({EXPERIMENT: str(experiment())} if experiment() else {})
        told |= {SAME_AS: known[0].info.run_id} if known else {}
        run_id = client.create_run(experiment_id(client), run_name=name, tags=resolve_tags(told)).info.run_id
    else:
        run_id = own.info.run_id
        for key, value in told.items():
            client.set_tag(run_id, key, value)
    add_params(client, run_id, params)
    return run_id


def add_input(client: "MlflowClient", run_id: str, version: str, context: str, profile: Mapping[str, Any]) -> None:
    """Name the data that a run used, as MLflow's own dataset input.

    Args:
        client: connected.
        run_id: the run.
        version: digest of the tensors, from `facts.data_version`.
        context: what for: "training", "validation" or "testing".
        profile: numbers that describe it.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    source = json.dumps({"uri": paths.TENSORS.as_posix()})
    data = Dataset("clips", version, source_type="dvc", source=source, profile=json.dumps(profile))
    client.log_inputs(run_id, [DatasetInput(data, [InputTag("mlflow.data.context", context)])])


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
