"""Look, run, remember: the watcher itself, with clock and pipeline handed in."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Protocol

from stages.watching.causes import Cause, Source
from stages.watching.memory import Memory

log = logging.getLogger(__name__)


class Pipeline(Protocol):
    """What the watcher runs."""

    def run(self) -> str | None:
        """Run to the end; None when all went well, else what went wrong, in one sentence.

        Raises:
            UnfitError: the data did not pass `validate`.
            StoppedError: the watcher was told to stop.
        """


class UnfitError(Exception):
    """The data is not fit for training; running again would change nothing."""


class StoppedError(Exception):
    """The run was ended from outside; it is no failure."""


class Watcher:
    """Polls causes and runs the pipeline, one run at a time over all watchers of a clone.

    Args:
        sources: each gives a `Cause` or None when asked with the memory and the time.
        pipeline: what is run.
        memory: shared by all watchers of the clone.
        alert: called with (event, text); event is "start", "success", "failure" or "refused".
        attempts: failing runs after which a cause is given up.
        backoff_s: seconds before the second attempt; doubled each time.
        backoff_most_s: longest such wait, seconds.
        now: seconds since the epoch.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        pipeline: Pipeline,
        memory: Memory,
        alert: Callable[[str, str], None],
        attempts: int = 3,
        backoff_s: float = 300.0,
        backoff_most_s: float = 6 * 3600.0,
        now: Callable[[], float] = time.time,
    ):
        self.sources, self.pipeline, self.memory, self.alert = sources, pipeline, memory, alert
        self.attempts, self.backoff_s, self.backoff_most_s, self.now = attempts, backoff_s, backoff_most_s, now

    def watch(self, every_s: float, stop: threading.Event) -> None:
        """Look every so many seconds until told to stop."""
        while not stop.is_set():
            try:
                self.look()
            except StoppedError:
                log.info("stopped in the middle of a run; the next watcher takes its cause up again")
                return
            except Exception:  # an unreachable registry or a full disk must not end the watch
                log.exception("this look failed; looking again in %g s", every_s)
            stop.wait(every_s)

    def look(self) -> str:
        """One look: "busy" (another watcher runs), "waiting" (after a failure), "nothing", or how the run ended."""
        with self.memory.hold() as mine:
            if not mine:
                return "busy"
            causes = [c for source in self.sources if (c := source(self.memory, self.now())) is not None]
            causes = [c for c in causes if c.key not in self.memory.done]
            self.memory.write()
            if not causes:
                return "nothing"
            if self.now() < self.memory.retry_at:
                return "waiting"
            return self._run(causes)

    def _run(self, causes: list[Cause]) -> str:
        why = "; ".join(c.reason for c in causes)
        log.info("running the pipeline: %s", why)
        self.alert("start", why)
        began = self.now()
        try:
            wrong = self.pipeline.run()
            outcome = "failure" if wrong else "success"
        except UnfitError as error:
            wrong, outcome = str(error), "refused"
        self._remember(causes, outcome, wrong)
        record = {"began": _iso(began), "seconds": round(self.now() - began, 1), "why": why, "outcome": outcome}
        self.memory.runs.append(record | ({"wrong": wrong} if wrong else {}))
        self.memory.write()
        text = f"{why}: {wrong}" if wrong else why
        log.log(logging.INFO if outcome == "success" else logging.ERROR, "%s: %s", outcome, text)
        self.alert(outcome, text)
        return outcome

    def _remember(self, causes: list[Cause], outcome: str, wrong: str | None) -> None:
        """Which causes are done with, and how long to wait after a failure."""
        memory = self.memory
        if outcome != "failure":
            memory.retry_at = 0.0
            for cause in causes:
                self._settle(cause, outcome)
            return
        most = 0
        for cause in causes:
            failed = memory.failures[cause.key] = memory.failures.get(cause.key, 0) + 1
            most = max(most, failed)
            if failed >= self.attempts:
                log.error("giving up after %d failures: %s", failed, cause.reason)
                self._settle(cause, f"given up after {failed} failures: {wrong}")
        memory.retry_at = self.now() + min(self.backoff_s * 2 ** (most - 1), self.backoff_most_s)

    def _settle(self, cause: Cause, how: str) -> None:
        self.memory.failures.pop(cause.key, None)
        if cause.settle:
            cause.settle(self.memory)
        else:
            self.memory.done[cause.key] = how


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
