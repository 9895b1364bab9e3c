"""Look once: run the pipeline when new data has arrived, and tell when Production no longer holds. For cron:

*/10 * * * * cd /path/to/clone && .venv/bin/python -m stages.watch

New data alone is a reason to train: what arrives in `folders`, and corrected clips that `python -m stages.review` let
in. Low accuracy and drift are told, for no training on the same data would mend them. When to look is cron's business,
what has changed is DVC's. What was done stands in data/watch/watch.json, what the runs printed in data/watch/runs.log.
"""

import logging
import signal
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from pydantic import Field

from stages import paths
from stages.params import Section
from stages.start import StageError, stage
from stages.tracking.connect import repository_root
from stages.watching.accuracy import ProductionAccuracy
from stages.watching.alerts import alert
from stages.watching.drift import FeedbackDrift, ProductionStatistics
from stages.watching.memory import Memory
from stages.watching.pipeline import DvcPipeline, UnfitError

log = logging.getLogger(__name__)
SETTLED = 60  # seconds that a file must have been left alone: a copy may still be under way
ACCEPTED = (
    "zz-accepted-"  # files that stages.review lets in: last by name, for the first ones give the order of glosses
)


class Params(Section):
    """Section `watch` of params.yaml."""

    folders: tuple[Path, ...] = Field(
        (paths.INCOMING,), description="where new data arrives: zips, landmark files, DVC pointers"
    )
    threshold: float = Field(
        0.60,
        ge=0,
        le=1,
        description="0-1; accuracy on val and newly labelled clips below which an alert is given; 0 = not looked at",
    )
    at_least: int = Field(30, ge=1, description="clips; an accuracy or a drift of fewer is not told")
    feedback: Path | None = Field(None, description="folder that the service keeps feedback in (its ISLR_FEEDBACK_DIR)")
    max_drift: float = Field(0.25, gt=0, description="population stability index; above it a feature has shifted")
    alert_command: str = Field(
        "", description="run on start, end of a run, low accuracy and drift, with ISLR_EVENT and ISLR_TEXT set"
    )
    alert_url: str = Field("", description='webhook that gets {"event", "text"} as JSON')


class Watch:
    """One look at a clone.

    Args:
        params: section `watch`.
        root: of the clone.
    """

    def __init__(self, params: Params, root: Path):
        self.params, self.root = params, root
        home = root / paths.WATCH
        self.memory = Memory(home)
        self.pipeline = DvcPipeline(root, home / "runs.log", [root / folder for folder in params.folders])
        self.tell = partial(alert, command=params.alert_command, url=params.alert_url)

    def look(self) -> str:
        """What came of it: "busy" (another look is under way), "nothing", "waiting", or how the run ended."""
        with self.memory.hold() as alone:
            if not alone:
                return "busy"
            self.drift()
            self.accuracy()
            if any(time.time() - path.stat().st_mtime < SETTLED for path in self.pipeline.copied()):
                return "waiting"
            stamp = self.pipeline.stamp()
            if stamp == self.memory.failed:
                log.info("the last run failed on this data: mend it or the data, or run `dvc repro`")
                return "waiting"
            return self.run(stamp)

    def run(self, stamp: str) -> str:
        """Run the pipeline if DVC says that there is anything to do."""
        began, wrong = time.time(), ""
        try:
            self.pipeline.bring()
            if not self.pipeline.changed():
                self.memory.failed = None
                return "nothing"
            self.tell("start", "the data has changed")
            outcome = "success" if self.pipeline.run() else "unchanged"
        except StageError as error:
            wrong, outcome = str(error), "refused" if isinstance(error, UnfitError) else "failure"
        self.memory.failed = stamp if wrong else None
        record = {"began": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"), "outcome": outcome}
        self.memory.runs.append(
            record | {"seconds": round(time.time() - began, 1)} | ({"wrong": wrong} if wrong else {})
        )
        text = wrong or SAID[outcome]
        log.log(logging.ERROR if wrong else logging.INFO, "%s: %s", outcome, text)
        self.tell(outcome, text)
        return outcome

    def drift(self) -> None:
        """Tell when people sign otherwise than in training."""
        if self.params.feedback is None:
            return
        statistics = ProductionStatistics(self.root / paths.STATISTICS)
        report, folder = self.root / paths.WATCH / "drift.json", self.root / self.params.feedback
        FeedbackDrift(folder, statistics, self.params.max_drift, self.params.at_least, report, self.tell)(self.memory)

    def accuracy(self) -> None:
        """Tell when Production is right too seldom, once for each version that is."""
        if not self.params.threshold:
            return
        labelled = [path for folder in self.pipeline.folders for path in sorted(folder.glob(f"{ACCEPTED}*.npz"))]
        measured = ProductionAccuracy(self.root, labelled)(self.memory)
        if measured is None or measured[2] < self.params.at_least:
            return
        version, accuracy, clips = measured
        if self.memory.news("accuracy", version if accuracy < self.params.threshold else "") and accuracy < (
            self.params.threshold
        ):
            text = (
                f"version {version} is right on {accuracy:.1%} of {clips} clips, less than {self.params.threshold:.0%}"
            )
            log.warning("%s: label clips (`python -m stages.review`), or promote a better version", text)
            self.tell("accuracy", text)


SAID = {
    "success": "there is a new model",
    "unchanged": "the run changed nothing: what came out is what was there before",
}


def main() -> None:
    """Look once; exit status 1 when a run failed or its data was refused."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is told to end takes its stages with it
    with stage("watch", Params, stopped="ended; the next look takes the data up again") as params:
        outcome = Watch(params, repository_root()).look()
        log.info("%s", outcome)
        raise SystemExit(1 if outcome in ("failure", "refused") else 0)


if __name__ == "__main__":
    main()
