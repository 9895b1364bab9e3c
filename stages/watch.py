"""Run the pipeline when there is a reason to: new data, a Production version that no longer holds, or the time.

Run as `python -m stages.watch`; it goes on until it is ended (Ctrl-C, SIGTERM). What it did and why stands in
data/watch/watch.json, what the runs printed in data/watch/runs.log.
"""

import argparse
import logging
import signal
import threading
from functools import partial
from pathlib import Path

from pydantic import Field

from stages import paths
from stages.params import Section
from stages.start import stage
from stages.tracking.connect import repository_root
from stages.watching.accuracy import ProductionAccuracy
from stages.watching.alerts import alert
from stages.watching.causes import LowAccuracy, NewData, Schedule, Source
from stages.watching.drift import FeedbackDrift, ProductionStatistics
from stages.watching.loop import Watcher
from stages.watching.memory import Memory
from stages.watching.pipeline import DvcPipeline

log = logging.getLogger(__name__)


class Params(Section):
    """Section `watch` of params.yaml."""

    every_s: float = Field(60.0, gt=0, description="seconds between looks")
    folders: tuple[Path, ...] = Field(
        (paths.INCOMING,), description="where new data arrives: zips, landmark files, DVC pointers"
    )
    threshold: float = Field(
        0.60,
        ge=0,
        le=1,
        description="0-1; accuracy that Production must hold on val and newly labelled clips; 0 = not looked at",
    )
    at_least: int = Field(30, ge=1, description="clips; an accuracy on fewer starts nothing")
    labelled: Path | None = Field(None, description="folder with newly labelled landmark files (.npz)")
    feedback: Path | None = Field(None, description="folder that the service keeps feedback in (its ISLR_FEEDBACK_DIR)")
    max_drift: float = Field(0.25, gt=0, description="population stability index; above it a feature has shifted")
    schedule_h: float = Field(0.0, ge=0, description="hours between runs without another reason; 0 = none")
    attempts: int = Field(3, ge=1, description="failing runs after which a cause is given up")
    backoff_s: float = Field(300.0, gt=0, description="seconds before the second attempt; doubled each time")
    alert_command: str = Field(
        "", description="run on start, success, failure and drift, with ISLR_EVENT and ISLR_TEXT set"
    )
    alert_url: str = Field("", description='webhook that gets {"event", "text"} as JSON')


def make(params: Params, root: Path, stop: threading.Event) -> Watcher:
    """The watcher of a clone."""
    home = root / paths.WATCH
    folders = [root / folder for folder in params.folders]
    pipeline = DvcPipeline(root, home / "runs.log", stop, folders)
    tell = partial(alert, command=params.alert_command, url=params.alert_url)
    sources: list[Source] = [NewData(folders, pipeline.up_to_date)]
    if params.threshold:
        measure = ProductionAccuracy(root, params.labelled and root / params.labelled)
        sources.append(LowAccuracy(measure, params.threshold, params.at_least))
    if params.schedule_h:
        sources.append(Schedule(params.schedule_h))
    if params.feedback:
        statistics = ProductionStatistics(root / paths.STATISTICS)
        report = home / "drift.json"
        sources.append(
            FeedbackDrift(root / params.feedback, statistics, params.max_drift, params.at_least, report, tell)
        )
    return Watcher(
        sources,
        pipeline,
        Memory(home),
        tell,
        params.attempts,
        params.backoff_s,
    )


def main() -> None:
    """Watch."""
    parser = argparse.ArgumentParser(prog="python -m stages.watch", description=__doc__.splitlines()[0])
    parser.add_argument("--once", action="store_true", help="look once, run if there is a reason, and end")
    once = parser.parse_args().once
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with stage("watch", Params, form="%(asctime)s %(message)s") as params:
        watcher = make(params, repository_root(), stop)
        if once:
            outcome = watcher.look()
            log.info("%s", outcome)
            raise SystemExit(1 if outcome in ("failure", "refused") else 0)
        log.info("watching; end with Ctrl-C")
        watcher.watch(params.every_s, stop)
        log.info("ended")


if __name__ == "__main__":
    main()
