"""MLflow filled from what the stages wrote, also when every stage came from DVC's cache and none ran here."""

import hashlib
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from stages import paths
from stages.reports.data import SplitReport, ValidationReport
from stages.reports.evaluation import Metrics, TranslationReport
from stages.reports.files import document, find_report, read_report
from stages.reports.release import ExportReport
from stages.reports.training import TrainReport, Trials, TuneReport
from stages.tracking import runs
from stages.tracking.facts import pins

if TYPE_CHECKING:
    from mlflow import MlflowClient

NOT_MEASURES = ("epoch",)
CONTEXTS = {"evaluate": "testing", "translate_eval": "testing"}  # what a stage uses the data for; else training


class Work:
    """Runs of one pipeline: each tells which code, data and experiment it is of, and lies below the pipeline's own.

    Args:
        client: connected.
        facts: where the model comes from, from `facts.provenance`.
        parent: id of the pipeline's run.
    """

    def __init__(self, client: "MlflowClient", facts: Mapping[str, str], parent: str | None = None):
        self.client, self.facts, self.parent = client, facts, parent

    def open(self, key: str, name: str, stage: str, params: Mapping[str, Any], parent: str | None = None) -> str | None:
        """Find or make a run; None when all of it has been written."""
        told = {"mlflow.parentRunId": parent or self.parent, "mlflow.source.name": f"dvc.yaml:{stage}"}
        told["mlflow.source.git.commit"] = self.facts.get("git_commit")
        run_id = runs.open_run(self.client, key, name, params, {**told, "stage": stage, **self.facts})
        if runs.is_complete(self.client, run_id):
            return None
        if version := self.facts.get("data_version"):
            runs.add_input(self.client, run_id, version, CONTEXTS.get(stage, "training"), counts())
        return run_id


def trainings(work: Work) -> dict[str, str]:
    """Write every candidate's training; returns {training's run_key: run id}."""
    client, found = work.client, {}
    for path in sorted(paths.TRAINED.glob("*.json")):
        whole = find_report(paths.CANDIDATES / path.stem / "report.json", TrainReport)
        report = whole or read_report(path, TrainReport)
        name = f"train {report.network}"
        run_id = work.open(report.run_key, name, "train", report.recipe | {"network": report.network})
        if run_id:
            rows = report.history or pd.read_csv(path.with_suffix(".csv")).to_dict("records")
            runs.add_metrics(client, run_id, [(int(row["epoch"]), _measures(row)) for row in rows])
            best = {f"best_{name}": value for name, value in document(report.val).items()}
            best |= report.model_dump(include={"seconds", "parameters", "best_epoch"}, exclude_unset=True)
            runs.add_metrics(client, run_id, [(0, best)])
            runs.add_files(client, run_id, {"curves": path.with_suffix(".csv")})
            runs.close(client, run_id)
        found[report.run_key] = run_id or str(runs.find(client, report.run_key))
    return found


def _measures(row: dict) -> dict[str, float]:
    numbers = {k: v for k, v in row.items() if k not in NOT_MEASURES and isinstance(v, (int, float))}
    return {k: float(v) for k, v in numbers.items() if math.isfinite(v)}


def tuning(work: Work) -> None:
    """Write the search and its trials as child runs, where one was made."""
    client = work.client
    found, summary = find_report(paths.TRIAL_CURVES, Trials), find_report(paths.SEARCH, TuneReport)
    if found is None or not found.root or summary is None:
        return
    curves = found.root
    key = "tune-" + "-".join(sorted(trial.run_key for trial in curves))[:200]
    run_id = work.open(key, "tune", "tune", {"trials": len(curves)})
    if run_id is None:
        return
    for trial in curves:
        child = work.open(f"trial-{trial.run_key}", f"trial {trial.number}", "tune", trial.params, run_id)
        if child:
            steps = zip(trial.val_loss, trial.val_accuracy, strict=True)
            rows = [(step, {"val_loss": loss, "val_accuracy": accuracy}) for step, (loss, accuracy) in enumerate(steps)]
            runs.add_metrics(client, child, rows)
            runs.close(client, child)
    measures = {f"base_{name}": value for name, value in document(summary.base).items()}
    measures |= {f"best_{name}": value for name, value in document(summary.best).items()} if summary.best else {}
    runs.add_metrics(client, run_id, [(0, measures | {"tuned_kept": float(summary.tuned_kept)})])
    runs.add_files(client, run_id, {"tune": paths.TRIALS})
    runs.close(client, run_id)


def evaluation(work: Work) -> None:
    """Write how good the model is, by subset."""
    metrics = find_report(paths.METRICS, Metrics)
    if metrics is None:
        return
    text = json.dumps([document(metrics), work.facts.get("data_version")], sort_keys=True)
    run_id = work.open(f"evaluate-{_digest(text)}", "evaluate", "evaluate", {})
    if run_id:
        runs.add_metrics(work.client, run_id, [(0, _scores(metrics))])
        runs.close(work.client, run_id)


def translation(work: Work) -> None:
    """Write how good the English is, where that was scored."""
    report = find_report(paths.TRANSLATION, TranslationReport)
    if report is None:
        return
    written = paths.TRANSLATION_PARAMS
    params = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else {}
    text = json.dumps([document(report), params], sort_keys=True)
    run_id = work.open(f"translate-{_digest(text)}", "translate_eval", "translate_eval", params)
    if run_id:
        runs.add_metrics(work.client, run_id, [(0, runs.flatten(report.scores))])
        runs.add_files(work.client, run_id, {"translation": paths.TRANSLATIONS})
        runs.close(work.client, run_id)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


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
    name = f"pipeline {runs.experiment() or facts.get('git_commit', '')[:8]}".strip()
    key = f"pipeline-{fingerprint}"
    run_id = Work(client, facts).open(key, name, "register", flat)
    if run_id is None:
        return str(runs.find(client, key))
    values = _scores(find_report(paths.METRICS, Metrics) or Metrics())
    exported = find_report(paths.EXPORTED, ExportReport)
    for variant, measured in exported.variants.items() if exported else ():
        values |= runs.flatten(measured.model_dump(exclude={"variant"}, exclude_none=True), f"export_{variant}.")
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
        runs.add_metrics(client, run_id, [(0, _scores(Metrics.model_validate(metadata["metrics"])))])
    return run_id


def _scores(metrics: Metrics) -> dict[str, float]:
    """Scores by split, with the ends of their intervals, as MLflow wants them."""
    values: dict[str, float] = {}
    for split, scores in metrics:
        for name, value in scores.model_dump(exclude={"loss_ci"}, exclude_unset=True, exclude_none=True).items():
            ends = zip(("_low", "_high"), value, strict=True) if isinstance(value, tuple) else [("", value)]
            values |= {f"{split}_{name}{end}": number for end, number in ends}
    return values


def counts() -> dict[str, float]:
    """What the model was made from: videos, glosses, signers, mean frames a video of every subset, and clips lost."""
    split = find_report(paths.SPLIT_STATISTICS, SplitReport) or SplitReport()
    values: dict[str, float] = {}
    for name, subset in split.subsets.items():
        about = {"videos": subset.videos, "glosses": subset.glosses, "signers": subset.signers}
        values |= {f"data_{name}_{what}": float(number) for what, number in about.items()}
        if subset.frames.mean is not None:
            values[f"data_{name}_frames_mean"] = subset.frames.mean
    validated = find_report(paths.VALIDATION, ValidationReport)
    clips = validated.clips if validated else {}
    return values | {
        f"data_{name}": float(clips[name]) for name in ("missing", "excluded", "untrained") if name in clips
    }


def finish(client: "MlflowClient", run_id: str) -> None:
    """Mark the pipeline's run as complete, once."""
    if not runs.is_complete(client, run_id):
        runs.close(client, run_id)
