"""What the watch remembers from one look to the next, on disk."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from stages.reports.files import write_json

MOST_RUNS = 500  # kept in the record


class Memory:
    """A JSON file and the lock beside it.

    Attributes:
        failed: the data, as `pipeline.stamp` names it, that the last run failed on; None after one that did not.
        told: what was alerted last, by event, so that a state is told once.
        runs: the newest runs: when, how each ended, and what was wrong.
    """

    def __init__(self, folder: Path):
        self.path = folder / "watch.json"
        self.failed: str | None = None
        self.told: dict[str, Any] = {}
        self.runs: list[dict[str, Any]] = []

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Look alone while the block lasts; False when another look is under way. Reads and writes the file."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            if self.path.is_file():
                known = json.loads(self.path.read_text(encoding="utf-8"))
                self.__dict__.update({name: known[name] for name in ("failed", "told", "runs") if name in known})
            try:
                yield True
            finally:
                write_json(self.path, {"failed": self.failed, "told": self.told, "runs": self.runs[-MOST_RUNS:]})

    def news(self, event: str, state: Any) -> bool:
        """Whether a state differs from what was told of the event last; it counts as told from now on."""
        before, self.told[event] = self.told.get(event), state
        return state != before and bool(state or before)
