"""A clock and a pipeline to test a watcher with, and ways to wait."""

import time

import pytest

MINUTE = 60.0


class Clock:
    """Goes only when it is told."""

    def __init__(self):
        self.seconds = 1_000_000.0

    def __call__(self):
        return self.seconds


class Pipeline:
    """Counts its runs; ends each as it is told."""

    def __init__(self, *outcomes):
        self.outcomes, self.runs = list(outcomes), 0

    def run(self):
        self.runs += 1
        outcome = self.outcomes.pop(0) if self.outcomes else None
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def hour(watcher, minutes=60):
    """Look every minute; the outcomes that were anything."""
    outcomes = []
    for _ in range(minutes):
        outcomes.append(watcher.look())
        watcher.clock.seconds += MINUTE
    return [o for o in outcomes if o not in ("nothing", "waiting", "busy")]


def until(true, seconds=90):
    """Wait for something to be so, or fail."""
    for _ in range(seconds * 10):
        if true():
            return
        time.sleep(0.1)
    pytest.fail(f"not so after {seconds} s")
