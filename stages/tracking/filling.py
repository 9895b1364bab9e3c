"""MLflow filled from what the stages wrote, also when every stage came from DVC's cache and none ran here."""

import hashlib
import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from stages import paths
from stages.tracking import runs
from stages.tracking.facts import experiment, pins

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOT_MEASURES = ("epoch",)


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def trainings(client: "MlflowClient") -> dict[str, str]:
    """Write every candidate's training; returns {training's run_key: run id}."""
    found = {}
    for path in sorted(paths.TRAINED.glob("*.json")):
        report = _read(paths.CANDIDATES / path.stem / "report.json") or _read(path)
        key = report["run_key"]
        tags = {"stage": "train", "network": report["network"]}
        run_id = runs.open_run(client, key, f"train {report['network']}", report.get("recipe", {}), tags)
        found[key] = run_id
        if runs.is_complete(client, run_id):
            continue
        rows = report.get("history") or pd.read_csv(path.with_suffix(".csv")).to_dict("records")
        runs.add_metrics(client, run_id, [(int(row["epoch"]), _measures(row)) for row in rows])
        best = {f"best_{name}": value for name, value in report["val"].items()}
        best |= {name: report[name] for name in ("seconds", "parameters", "best_epoch") if name in report}
        runs.add_metrics(client, run_id, [(0, best)])
        runs.add_files(client, run_id, {"curves": path.with_suffix(".csv")})
        runs.close(client, run_id)
    return found


def _measures(row: dict) -> dict[str, float]:
    numbers = {k: v for k, v in row.items() if k not in NOT_MEASURES and isinstance(v, (int, float))}
    return {k: float(v) for k, v in numbers.items() if math.isfinite(v)}


def tuning(client: "MlflowClient") -> str | None:
    """Write the search and its trials as child runs; returns the search's run id, None when nothing was searched."""
    curves, summary = _read(paths.TRIAL_CURVES), _read(paths.SEARCH)
    if not curves or not summary:
        return None
    key = "tune-" + "-".join(sorted(trial["run_key"] for trial in curves))[:200]
    parent = runs.open_run(client, key, "tune", {"trials": len(curves)}, {"stage": "tune"})
    if runs.is_complete(client, parent):
        return parent
    for trial in curves:
        name = f"trial {trial['number']}"
        tags = {"stage": "tune", "mlflow.parentRunId": parent}
        child = runs.open_run(client, f"trial-{trial['run_key']}", name, trial["params"], tags)
        steps = zip(trial["val_loss"], trial["val_accuracy"], strict=True)
        rows = [(step, {"val_loss": loss, "val_accuracy": accuracy}) for step, (loss, accuracy) in enumerate(steps)]
        runs.add_metrics(client, child, rows)
        runs.close(client, child)
    best = summary.get("best") or {}
    measures = {f"base_{k}": v for k, v in summary["base"].items()} | {f"best_{k}": v for k, v in best.items()}
    runs.add_metrics(client, parent, [(0, measures | {"tuned_kept": float(summary["tuned_kept"])})])
    runs.add_files(client, parent, {"tune": paths.TRIALS})
    runs.close(client, parent)
    return parent


def translation(client: "MlflowClient") -> str | None:
    """Write how good the English is; returns the run's id, None when it was not scored."""
    content, folder = _read(paths.TRANSLATION), paths.TRANSLATIONS
    if content is None:
        return None
    params = _read(folder / "params.json") or {}
    key = hashlib.sha256(json.dumps([content, params], sort_keys=True).encode()).hexdigest()
    run_id = runs.open_run(client, f"translate-{key[:32]}", "translate_eval", params, {"stage": "translate_eval"})
    if not runs.is_complete(client, run_id):
        runs.add_metrics(client, run_id, [(0, runs.flatten(content["scores"]))])
        runs.add_files(client, run_id, {"translation": folder})
        runs.close(client, run_id)
    return run_id


def pipeline(client: "MlflowClient", fingerprint: str, facts: dict[str, str]) -> str:
    """Write the whole pipeline's run, which the version belongs to: params, metrics, figures, reports.

    Args:
        client: connected.
        fingerprint: of the export; the run's key.
        facts: where the model comes from, as tags.

    Returns:
        The run's id; it stays open until `finish`.
    """
    params = Path("params.yaml")
    flat = yaml.safe_load(params.read_text(encoding="utf-8")) or {} if params.is_file() else {}
    name = f"pipeline {experiment() or facts.get('git_commit', '')[:8]}".strip()
    run_id = runs.open_run(client, f"pipeline-{fingerprint}", name, flat, {"stage": "register"} | facts)
    if runs.is_complete(client, run_id):
        return run_id
    values = _scores(_read(paths.METRICS) or {})
    served = (_read(paths.EXPORTED) or {}).get("variants", {})
    for variant, measured in served.items():
        flat_values = runs.flatten({k: v for k, v in measured.items() if k != "variant"}, f"export_{variant}.")
        values |= {k: v for k, v in flat_values.items() if isinstance(v, (int, float))}
    runs.add_metrics(client, run_id, [(0, values | counts())])
    runs.add_files(client, run_id, {"reports": paths.REPORTS, "params": params, "dvc": Path("dvc.lock")})
    client.log_text(run_id, pins(), "environment/requirements.txt")
    return run_id


def base(client: "MlflowClient", fingerprint: str, metadata: dict[str, Any], facts: dict[str, str]) -> str:
    """Write the run that the base model belongs to: the recipe that it was trained by, and its scores.

    Args:
        client: connected.
        fingerprint: of the base; the run's key.
        metadata: of the base.
        facts: where it comes from, as tags.

    Returns:
        The run's id; it stays open until `finish`.
    """
    recipe = metadata.get("provenance", {}).get("recipe", {})
    run_id = runs.open_run(client, f"base-{fingerprint}", "base model", recipe, {"stage": "base"} | facts)
    if not runs.is_complete(client, run_id):
        runs.add_metrics(client, run_id, [(0, _scores(metadata["metrics"]))])
    return run_id


def _scores(metrics: dict[str, dict[str, Any]]) -> dict[str, float]:
    """Scores by split, with the ends of their intervals, as MLflow wants them."""
    values: dict[str, float] = {}
    for split, scores in metrics.items():
        values |= {f"{split}_{name}": v for name, v in scores.items() if isinstance(v, (int, float))}
        for measure in ("accuracy_ci", "top5_accuracy_ci"):
            if measure in scores:
                values |= {
                    f"{split}_{measure}_{end}": v for end, v in zip(("low", "high"), scores[measure], strict=True)
                }
    return values


def counts() -> dict[str, float]:
    """What the model was made from: videos, glosses, signers, mean frames a video of every subset, and clips lost."""
    subsets = (_read(paths.SPLIT_STATISTICS) or {}).get("subsets", {})
    values = {
        f"data_{subset}_{name}": float(numbers[name])
        for subset, numbers in subsets.items()
        for name in ("videos", "glosses", "signers")
    }
    values |= {
        f"data_{subset}_frames_mean": numbers["frames"]["mean"]
        for subset, numbers in subsets.items()
        if numbers["videos"]
    }
    clips = (_read(paths.VALIDATION) or {}).get("clips", {})
    return values | {
        f"data_{name}": float(clips[name]) for name in ("missing", "excluded", "untrained") if name in clips
    }


def finish(client: "MlflowClient", run_id: str) -> None:
    """Mark the pipeline's run as complete."""
    runs.close(client, run_id)
