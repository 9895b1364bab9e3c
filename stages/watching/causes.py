"""Why the pipeline should run: new data, Production that no longer holds, or the time."""

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from stages.watching.memory import Memory

log = logging.getLogger(__name__)
DATA_SUFFIXES = (".zip", ".npz", ".dvc", ".parquet")


@dataclass(frozen=True)
class Cause:
    """A reason to run the pipeline.

    Attributes:
        key: equal for what is the same cause; never acted on twice.
        reason: one sentence.
        settle: notes that it has been dealt with; by default its key is remembered.
    """

    key: str
    reason: str
    settle: Callable[[Memory], None] | None = None


Source = Callable[[Memory, float], Cause | None]  # asked at each look with the memory and the time


class NewData:
    """Changed or added zips, landmark files and DVC pointers.

    A file counts once it has stayed as it is from one look to the next: a copy that is still under way does not.

    Args:
        folders: looked through at any depth.
        up_to_date: whether the pipeline has already used what lies there; asked once, by the first watcher ever.
    """

    def __init__(self, folders: Iterable[Path], up_to_date: Callable[[], bool]):
        self.folders = tuple(folders)
        self.up_to_date = up_to_date
        self._before: dict[str, tuple] | None = None
        self._hashes: dict[tuple, str] = {}

    def __call__(self, memory: Memory, now: float) -> Cause | None:
        """The cause that new data is, if there is any."""
        files = self._files()
        settled, self._before = files == self._before or self._before is None, files
        if not settled:
            return None
        found = {name: self._hash(name, *stamp) for name, stamp in files.items()}
        known = memory.seen.get("data")
        if known is None:
            used = self.up_to_date()
            memory.seen["data"] = found if used else {}
            if used:
                return None
            known = {}
        if found == known:
            return None
        digest = hashlib.sha256(repr(sorted(found.items())).encode()).hexdigest()[:16]
        # what lay there when the run began is what it used, whatever arrives while it runs
        return Cause(f"data:{digest}", _changes(known, found), lambda m: m.seen.update(data=found))

    def _files(self) -> dict[str, tuple]:
        found = {}
        for folder in self.folders:
            for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
                if path.suffix in DATA_SUFFIXES and path.is_file():
                    stat = path.stat()
                    found[str(path)] = (stat.st_size, stat.st_mtime_ns)
        return found

    def _hash(self, name: str, size: int, changed: int) -> str:
        """Contents, read once for each change: a file that was only touched is no new data."""
        key = (name, size, changed)
        if key not in self._hashes:
            with Path(name).open("rb") as file:
                self._hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
        return self._hashes[key]


def _changes(known: dict[str, str], found: dict[str, str]) -> str:
    added = sorted(Path(n).name for n in found.keys() - known.keys())
    gone = sorted(Path(n).name for n in known.keys() - found.keys())
    changed = sorted(Path(n).name for n in found.keys() & known.keys() if found[n] != known[n])
    parts = (("added", added), ("changed", changed), ("removed", gone))
    return "data " + "; ".join(f"{verb}: {', '.join(names)}" for verb, names in parts if names)


class LowAccuracy:
    """Production is right too seldom on clips it did not learn from.

    The cause is the data that it was scored on: the same data make one run, however many versions come out of it.

    Args:
        measure: gives (key of the clips, version, accuracy, clips), or None when there is nothing to measure.
        threshold: accuracy, 0 to 1.
        at_least: clips; fewer prove nothing.
    """

    def __init__(
        self, measure: Callable[[Memory], tuple[str, str, float, int] | None], threshold: float, at_least: int
    ):
        self.measure, self.threshold, self.at_least = measure, threshold, at_least

    def __call__(self, memory: Memory, now: float) -> Cause | None:
        """The cause that low accuracy is, if it is low."""
        measured = self.measure(memory)
        if measured is None:
            return None
        key, version, accuracy, clips = measured
        if clips < self.at_least or accuracy >= self.threshold:
            return None
        said = f"version {version} is right on {accuracy:.1%} of {clips} clips"
        return Cause(f"accuracy:{key}", f"{said}, less than {self.threshold:.0%}")


class Schedule:
    """Every so many hours since the first look.

    Args:
        every_h: hours.
    """

    def __init__(self, every_h: float):
        self.every_h = every_h

    def __call__(self, memory: Memory, now: float) -> Cause | None:
        """The cause that the time is, if it has come."""
        began = memory.seen.setdefault("schedule", now)
        turn = int((now - began) / (self.every_h * 3600))
        return Cause(f"schedule:{began:.0f}:{turn}", f"every {self.every_h:g} hours, time {turn}") if turn else None
