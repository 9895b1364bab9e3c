"""Search better hyper-parameters for the selected network with Optuna: lower val loss and higher val accuracy.

The tuned model goes on only if it beats the untuned one on val. An interrupted search goes on where it stopped.
"""

import hashlib
import json
import logging
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import Field, field_validator

from stages import paths
from stages.params import Section, load
from stages.tuning.space import Choice, changed, check, fitting
from stages.tuning.trial import finished

log = logging.getLogger(__name__)
TENSORS = paths.TENSORS
BASE, TUNED = paths.SELECTED, paths.TUNED
UNFINISHED = paths.UNFINISHED
REPORT, REPORTS = paths.SEARCH, paths.TRIALS

SPACE = {
    "learning_rate": Choice(low=3e-4, high=4e-3, log=True),
    "batch_size": Choice(values=(16, 32, 64, 128)),
    "label_smoothing": Choice(low=0.0, high=0.2),
    "weight_decay": Choice(low=0.005, high=0.2, log=True),
    "plateau_patience": Choice(values=(3, 5, 8)),
    "hyper.dim": Choice(values=(128, 192, 256)),
    "hyper.dropout": Choice(low=0.0, high=0.4),
    "hyper.late_dropout": Choice(low=0.2, high=0.8),
    "augmentation.speed": Choice(low=0.1, high=0.6),
    "augmentation.rotate": Choice(low=0.0, high=25.0),
    "augmentation.blank": Choice(low=0.0, high=0.6),
}


class Params(Section):
    """Section `tune` of params.yaml."""

    trials: int = Field(20, ge=0, description="in all, over all machines; 0 = keep the selected model as it is")
    workers: int = Field(2, ge=1, description="trials at a time on this machine; they share its cores")
    epochs: int = Field(0, ge=0, description="budget of a trial; 0 = as long as the selected model was given")
    retrain: bool = Field(True, description="train the best trial again with the full budget if its own was shorter")
    storage: str = Field(
        "", description="database URL (postgresql://…) where several machines meet; empty = a file of this machine"
    )
    lost_after_h: float = Field(12.0, gt=0, description="hours; a trial of another machine that takes longer is lost")
    seed: int = Field(0, description="of the search")
    space: dict[str, Choice] = Field(
        default_factory=lambda: dict(SPACE), description="what is searched: low and high (log: the exponent), or values"
    )

    _known = field_validator("space")(check)


def study_name(params: Params, base: dict) -> str:
    """Equal for equal data, recipe and search, so that an interrupted search is found again and others can join."""
    what = params.model_dump(mode="json", exclude={"trials", "workers", "storage", "lost_after_h", "retrain"})
    text = json.dumps([what, base["run_key"]], sort_keys=True)
    return f"tune-{base['network']}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def tabulate(study) -> pd.DataFrame:
    """One row a trial: number, state, val loss and accuracy, whether it is on the Pareto front, seconds, parameters."""
    front = {t.number for t in study.best_trials}
    rows = []
    for t in study.get_trials(deepcopy=False):
        loss, accuracy = t.values or (None, None)
        row = {"number": t.number, "state": t.state.name.lower(), "val_loss": loss, "val_accuracy": accuracy}
        row |= {"pareto": t.number in front, "seconds": t.user_attrs.get("seconds")}
        row |= {"epochs": len(t.user_attrs.get("val_accuracy", ())), "run_key": t.user_attrs.get("run_key")}
        rows.append(row | t.params)
    columns = ["number", "state", "val_loss", "val_accuracy", "pareto", "seconds", "epochs", "run_key"]
    return pd.DataFrame(rows, columns=None if rows else columns)


def curves(study) -> list[dict]:
    """What each finished trial scored by epoch, for MLflow."""
    keys = ("val_accuracy", "val_loss")
    return [
        {
            "number": t.number,
            "params": t.params,
            "run_key": t.user_attrs["run_key"],
            **{k: t.user_attrs[k] for k in keys},
        }
        for t in study.get_trials(deepcopy=False)
        if "run_key" in t.user_attrs
    ]


def challenger(study, recipe: dict, full: int, params: Params, folder: Path) -> Path | None:
    """Folder of the best trial's model; trained again where it was trained for less, or on another machine."""
    from stages.tuning.study import best
    from stages.tuning.trial import train

    trial = best(study)
    if trial is None:
        return None
    place = folder / f"trial-{trial.number:03d}"
    short = params.retrain and recipe["epochs"] < full
    if not short and finished(place):
        return place
    log.info("training trial %d once more, for %d epochs", trial.number, full if short else recipe["epochs"])
    place = folder / f"best-{trial.number:03d}"
    if not finished(place):
        train(changed(recipe, trial.params | ({"epochs": full} if short else {})), str(TENSORS), str(place), [])
    return place


def search(params: Params, base: dict, folder: Path) -> tuple[Path | None, pd.DataFrame, list[dict]]:
    """Run the study; returns the best trial's folder, the table of trials and their curves."""
    from stages.tuning import study as studies

    study = studies.open_study(params.storage, study_name(params, base), params.seed, folder, params.lost_after_h)
    full = base["recipe"]["epochs"]
    recipe = base["recipe"] | {"epochs": params.epochs or full}
    space = fitting(params.space, base["network"])
    studies.search(study, recipe, space, params.trials, params.workers, TENSORS, folder)
    return challenger(study, recipe, full, params, folder), tabulate(study), curves(study)


def beats(one: dict, other: dict) -> bool:
    """Whether val metrics are better: higher accuracy, or the same with a lower loss."""
    return (one["accuracy"], -one["loss"]) > (other["accuracy"], -other["loss"])


def main() -> None:
    """Run the stage."""
    params = load("tune", Params)
    from stages.tuning.picture import draw_pareto

    base = json.loads((BASE / "report.json").read_text(encoding="utf-8"))
    folder = UNFINISHED / study_name(params, base)
    found, table = None, pd.DataFrame()
    history: list[dict[str, Any]] = []
    if params.trials:
        found, table, history = search(params, base, folder)
    report = finished(found) if found else None
    kept = report is not None and beats(report["val"], base["val"])
    shutil.rmtree(TUNED, ignore_errors=True)
    shutil.copytree(found if kept and found else BASE, TUNED)
    REPORTS.mkdir(parents=True, exist_ok=True)
    table.to_csv(REPORTS / "trials.csv", index=False)
    (REPORTS / "curves.json").write_text(json.dumps(history, indent=1) + "\n", encoding="utf-8")
    done = table[table["state"] == "complete"] if len(table) else table
    draw_pareto(done, base["val"], REPORTS / "pareto.png")
    summary = {"tuned_kept": kept, "trials": len(done), "base": base["val"], "best": report["val"] if report else None}
    REPORT.write_text(json.dumps(summary, indent=1) + "\n", encoding="utf-8")
    log.info("%d trials; %s", len(done), "the tuned model goes on" if kept else "none beats the selected model on val")
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
