"""The search: which trial comes next, several at a time, on one machine or on several."""

import logging
import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from datetime import datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import optuna
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_random
from tqdm import tqdm

from stages.reports.training import TrainReport
from stages.start import StageError
from stages.tuning.space import Choice, changed
from stages.tuning.trial import prepare_process, train

log = logging.getLogger(__name__)
POLL = 5  # seconds between looks at the trials of other machines


def open_study(storage: str, name: str, seed: int, local: Path, lost_after_h: float = 12.0) -> optuna.Study:
    """Open the study of that name, or make it: val loss down, val accuracy up.

    Args:
        storage: database URL that several machines share; empty for a file on this machine.
        name: equal for equal data, recipe and search.
        seed: of the sampler; with a shared database each machine draws by chance.
        local: folder of that file.
        lost_after_h: hours after which a trial of another machine that has not ended counts as lost.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if storage:
        place: optuna.storages.BaseStorage = _shared(storage)
    else:
        local.mkdir(parents=True, exist_ok=True)
        backend = JournalFileBackend(str(local / "study.log"))
        place = optuna.storages.JournalStorage(backend)
    study = optuna.create_study(
        storage=place, study_name=name, directions=["minimize", "maximize"], load_if_exists=True
    )
    # A search that goes on must not draw its first trials again, nor may two machines draw the same ones.
    chance = None if storage else seed + len(study.get_trials(deepcopy=False))
    study.sampler = optuna.samplers.TPESampler(seed=chance, n_startup_trials=8, constant_liar=True)
    # a file of this machine's own is written by nobody else: what runs there is what an interruption left behind
    oldest = datetime.now() - timedelta(hours=lost_after_h if storage else 0)
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if trial.datetime_start and trial.datetime_start < oldest:
            study.tell(trial.number, state=TrialState.FAIL)
    return study


def _shared(storage: str) -> optuna.storages.BaseStorage:
    """The trials' tables in a database, made where they are missing.

    Raises:
        StageError: the database holds the tables of something else, or of another version.
    """
    from sqlalchemy.exc import DBAPIError

    another = retry_if_exception_type((DBAPIError, RuntimeError))  # a machine that makes the tables at the same time
    opened = retry(retry=another, stop=stop_after_attempt(4), wait=wait_random(0.3, 1.5), reraise=True)
    try:
        return opened(optuna.storages.RDBStorage)(storage)
    except RuntimeError as error:  # MLflow, too, keeps a table of the name `alembic_version`
        said = "tune.storage must be a database of its own, not MLflow's, made by this version of Optuna"
        raise StageError(f"{said}: {str(error).split('.')[0]}") from None


def search(
    study: optuna.Study,
    recipe: dict[str, Any],
    space: dict[str, Choice],
    trials: int,
    workers: int,
    tensors: Path,
    folder: Path,
    run: Callable[..., TrainReport] = train,
) -> None:
    """Run trials until the study has as many as asked for; what is there from before counts.

    Args:
        study: from `open_study`.
        recipe: what the trials change.
        space: what they change about it.
        trials: in all, over all machines.
        workers: processes on this machine; the cores are shared out among them.
        tensors: folder that `transform` wrote.
        folder: gets one folder a trial.
        run: trains one trial, in a worker.
    """
    workers = max(1, min(workers, trials))
    threads = max(1, (os.cpu_count() or 1) // workers)
    with (
        ProcessPoolExecutor(workers, get_context("spawn"), prepare_process, (threads,)) as pool,
        tqdm(total=trials, initial=_count(study), desc="trials", unit="trial", disable=None) as bar,
    ):
        running: dict[Any, optuna.Trial] = {}
        while True:
            while len(running) < workers and _count(study, TrialState.RUNNING) < trials:
                trial = study.ask()
                values = {name: choice.suggest(trial, name) for name, choice in space.items()}
                curves = [t.user_attrs.get("val_accuracy", []) for t in _complete(study)]
                place = str(folder / f"trial-{trial.number:03d}")
                running[pool.submit(run, changed(recipe, values), str(tensors), place, curves)] = trial
            if not running and not _count_running(study):
                return
            if not running:
                time.sleep(POLL)  # other machines are still at work, and theirs may be the best
                continue
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                _record(study, running.pop(future), future)
                bar.update()


def _record(study: optuna.Study, trial: optuna.Trial, future: Any) -> None:
    """Tell the study how a trial ended; one that failed is counted and does not end the search."""
    try:
        report = future.result()
    except Exception as error:
        log.warning("trial %d failed: %s: %s", trial.number, type(error).__name__, error)
        trial.set_user_attr("error", f"{type(error).__name__}: {error}"[:500])
        study.tell(trial, state=TrialState.FAIL)
        return
    trial.set_user_attr("val_accuracy", [row["val_accuracy"] for row in report.history])
    trial.set_user_attr("val_loss", [row["val_loss"] for row in report.history])
    trial.set_user_attr("seconds", report.seconds)
    trial.set_user_attr("run_key", report.run_key)
    study.tell(trial, [report.val.loss, report.val.accuracy])


def _complete(study: optuna.Study) -> list[optuna.trial.FrozenTrial]:
    return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))


def _count(study: optuna.Study, *more: TrialState) -> int:
    """Trials that are done, well or not, but for those that an interruption ended."""
    done = (TrialState.COMPLETE, *more)
    trials = study.get_trials(deepcopy=False)
    return sum(t.state in done or (t.state == TrialState.FAIL and "error" in t.user_attrs) for t in trials)


def _count_running(study: optuna.Study) -> int:
    return len(study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)))


def best(study: optuna.Study) -> optuna.trial.FrozenTrial | None:
    """Of the trials that none beats in both objectives, the one with the highest val accuracy."""
    front = study.best_trials
    return min(front, key=lambda t: (-t.values[1], t.values[0], t.number)) if front else None
