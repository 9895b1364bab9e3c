"""What a watcher remembers, on disk, so that no cause makes two runs, whoever watches and however often it restarts."""

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
        done: cause's key → how it ended; such a cause is never acted on again.
        failures: cause's key → how often its run failed.
        retry_at: seconds since the epoch before which nothing is run after a failure.
        seen: what sources noted, by their name.
        runs: the newest runs: when, why, how each ended.
    """

    def __init__(self, folder: Path):
        self.path = folder / "watch.json"
        self.done: dict[str, str] = {}
        self.failures: dict[str, int] = {}
        self.retry_at = 0.0
        self.seen: dict[str, Any] = {}
        self.runs: list[dict[str, Any]] = []

    @contextmanager
    def hold(self) -> Iterator[bool]:
        """Be the only watcher for as long as the block lasts; False when another one is. Reads the file anew."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            self.read()
            yield True

    def read(self) -> None:
        """Take over what the file says; without a file, nothing is known."""
        if self.path.is_file():
            self.__dict__.update(json.loads(self.path.read_text(encoding="utf-8")))

    def write(self) -> None:
        """Replace the file in one step."""
        self.runs = self.runs[-MOST_RUNS:]
        content = {name: value for name, value in self.__dict__.items() if name != "path"}
        write_json(self.path, content)
