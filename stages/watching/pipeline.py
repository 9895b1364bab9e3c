"""The pipeline as the watch runs it: data that DVC pointers name, `dvc repro` up to `validate`, then to the end."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from stages import paths
from stages.reports.data import ValidationReport
from stages.reports.files import read_report
from stages.start import StageError

log = logging.getLogger(__name__)
GRACE = 30  # seconds that a run has to end by itself
POINTER = ".dvc"
DATA = (".zip", ".npz", ".parquet", POINTER)


class UnfitError(StageError):
    """The data did not pass `validate`: it is not fit for training, and the model was not touched."""


class DvcPipeline:
    """Runs `dvc repro` in a clone.

    Args:
        root: of the clone.
        log_file: gets all that the runs print.
        folders: where data arrives. A pointer there (.dvc) that came by `git pull` names data that is not here yet, and
            `dvc repro` would turn the pointer back to the data that is.
    """

    def __init__(self, root: Path, log_file: Path, folders: Sequence[Path]):
        self.root, self.log_file, self.folders = root, log_file, folders

    def files(self) -> list[Path]:
        """The data that has arrived."""
        return [p for folder in self.folders for p in sorted(folder.rglob("*")) if p.suffix in DATA and p.is_file()]

    def copied(self) -> list[Path]:
        """Of it what somebody copies: pointers come whole, by Git, and what they name comes whole, by DVC."""
        files = self.files()
        return [p for p in files if p.suffix != POINTER and p.with_name(p.name + POINTER) not in files]

    def stamp(self) -> str:
        """Equal for the same files, untouched."""
        stats = [(path.name, path.stat()) for path in self.files()]
        return ";".join(f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in stats)

    def bring(self) -> None:
        """Get the data that pointers name.

        Raises:
            StageError: it is in no remote, or other data lies in its place.
        """
        pointers = [str(path) for path in self.files() if path.suffix == POINTER]
        if pointers and self._call("checkout", *pointers) and self._call("pull", *pointers):
            raise StageError(f"data is not what its .dvc file says, `dvc add` it or mend the remote: {self._said()}")

    def changed(self) -> bool:
        """Whether DVC would run `fetch`: data, code or parameters are not those of the last run."""
        command = [sys.executable, "-m", "dvc", "status", "--json", "fetch"]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return not (done.returncode == 0 and done.stdout.strip().endswith("{}"))

    def run(self) -> bool:
        """Run to the end; returns whether anything came out otherwise than before, as dvc.lock says.

        Raises:
            UnfitError: the data did not pass `validate`.
            StageError: a stage failed.
        """
        began, before = time.time(), self._lock()
        if self._call("repro", "validate"):
            if self._fit(began) is False:
                seen = f"see {paths.VALIDATION_PAGE}; the model was not touched"
                raise UnfitError(f"the data did not pass validate: {seen}")
            raise StageError(f"a stage up to validate failed: {self._said()}")
        if self._call("repro"):
            raise StageError(f"the pipeline failed: {self._said()}")
        return self._lock() != before

    def _lock(self) -> bytes:
        file = self.root / "dvc.lock"
        return file.read_bytes() if file.is_file() else b""

    def _call(self, *arguments: str) -> int:
        """Run DVC in a process group of its own, so that its stages end with it, also when this process is told to."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        env = os.environ | {"DVC_NO_ANALYTICS": "1", "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        with self.log_file.open("a", encoding="utf-8") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "dvc", *arguments],
                cwd=self.root,
                env=env,
                stdin=subprocess.DEVNULL,  # DVC asks nobody before it would overwrite something: it refuses
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return process.wait()
            except BaseException:
                _end(process)
                raise

    def _fit(self, since: float) -> bool | None:
        """What validate has said since then, None when it did not get so far."""
        report = self.root / paths.VALIDATION
        if not report.is_file() or report.stat().st_mtime < since:
            return None
        return read_report(report, ValidationReport).passed

    def _said(self) -> str:
        lines = [line.strip() for line in self.log_file.read_text(encoding="utf-8").splitlines() if line.strip()]
        said = [line for line in lines if line.startswith("ERROR")] or lines or ["no output"]
        return f"{said[-1][:300]} (more in {self.log_file})"


def _end(process: subprocess.Popen) -> None:
    """Ask the whole group to end, then make it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(GRACE)
            return
        except subprocess.TimeoutExpired:
            continue
        except ProcessLookupError:
            return
