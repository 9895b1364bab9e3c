"""Search better hyper-parameters for the selected network with Optuna: lower val loss and higher val accuracy.

The tuned model goes on only if it beats the untuned one on val. An interrupted search goes on where it stopped.
"""

import hashlib
import json
import logging
import shutil
from pathlib import Path

import pandas as pd
from pydantic import Field, field_validator

from stages import paths
from stages.params import Section
from stages.reports.files import read_report, write_json
from stages.reports.training import TrainReport, Trial, Trials, TuneReport, ValScores
from stages.start import stage
from stages.tuning.space import Choice, changed, check, fitting
from stages.tuning.trial import finished

log = logging.getLogger(__name__)

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
        "",
        description="database URL (postgresql://…) where machines meet, not MLflow's; empty = a file of this machine",
    )
    lost_after_h: float = Field(12.0, gt=0, description="hours; a trial of another machine that takes longer is lost")
    seed: int = Field(0, description="of the search")
    space: dict[str, Choice] = Field(
        default_factory=lambda: dict(SPACE), description="what is searched: low and high (log: the exponent), or values"
    )

    _known = field_validator("space")(check)


def study_name(params: Params, base: TrainReport) -> str:
    """Equal for equal data, recipe and search, so that an interrupted search is found again and others can join."""
    what = params.model_dump(mode="json", exclude={"trials", "workers", "storage", "lost_after_h", "retrain"})
    text = json.dumps([what, base.run_key], sort_keys=True)
    return f"tune-{base.network}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


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


def curves(study) -> Trials:
    """What each finished trial scored by epoch, for MLflow."""
    finished = (t for t in study.get_trials(deepcopy=False) if "run_key" in t.user_attrs)
    measured = ("run_key", "val_accuracy", "val_loss")
    return Trials(
        [Trial(number=t.number, params=t.params, **{name: t.user_attrs[name] for name in measured}) for t in finished]
    )


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
        train(changed(recipe, trial.params | ({"epochs": full} if short else {})), str(paths.TENSORS), str(place), [])
    return place


def search(params: Params, base: TrainReport, folder: Path) -> tuple[Path | None, pd.DataFrame, Trials]:
    """Run the study; returns the best trial's folder, the table of trials and their curves."""
    from stages.tuning import study as studies

    study = studies.open_study(params.storage, study_name(params, base), params.seed, folder, params.lost_after_h)
    full = base.recipe["epochs"]
    recipe = base.recipe | {"epochs": params.epochs or full}
    space = fitting(params.space, base.network)
    studies.search(study, recipe, space, params.trials, params.workers, paths.TENSORS, folder)
    return challenger(study, recipe, full, params, folder), tabulate(study), curves(study)


def beats(one: ValScores, other: ValScores) -> bool:
    """Whether val metrics are better: higher accuracy, or the same with a lower loss."""
    return (one.accuracy, -one.loss) > (other.accuracy, -other.loss)


def tune(params: Params) -> TuneReport:
    """Search, and copy the better of the selected model and the best trial's to paths.TUNED."""
    from stages.tuning.picture import draw_pareto

    base = read_report(paths.SELECTED / "report.json", TrainReport)
    folder = paths.UNFINISHED / study_name(params, base)
    found, table, history = search(params, base, folder) if params.trials else (None, pd.DataFrame(), Trials([]))
    report = finished(found) if found else None
    kept = report is not None and beats(report.val, base.val)
    shutil.rmtree(paths.TUNED, ignore_errors=True)
    shutil.copytree(found if kept and found else paths.SELECTED, paths.TUNED)
    write_json(paths.TRIAL_CURVES, history)
    table.to_csv(paths.TRIALS / "trials.csv", index=False)
    done = table[table["state"] == "complete"] if len(table) else table
    draw_pareto(done, base.val, paths.TRIALS / "pareto.png")
    summary = TuneReport(tuned_kept=kept, trials=len(done), base=base.val, best=report.val if report else None)
    write_json(paths.SEARCH, summary)
    shutil.rmtree(folder, ignore_errors=True)
    return summary


def main() -> None:
    """Run the stage."""
    with stage("tune", Params) as params:
        summary = tune(params)
        said = "the tuned model goes on" if summary.tuned_kept else "none beats the selected model on val"
        log.info("%d trials; %s", summary.trials, said)


if __name__ == "__main__":
    main()
