"""The pipeline as the watcher runs it: data that DVC pointers name, `dvc repro` up to `validate`, then to the end."""

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from stages import paths
from stages.reports.data import ValidationReport
from stages.reports.files import read_report
from stages.watching.loop import StoppedError, UnfitError

log = logging.getLogger(__name__)
GRACE = 30  # seconds that a run has to end by itself


class DvcPipeline:
    """Runs `dvc repro` in a clone.

    Args:
        root: of the clone.
        log_file: gets all that the runs print.
        stop: ends a run early.
        folders: where data arrives. A pointer there (.dvc) that came by `git pull` names data that is not here yet, and
            `dvc repro` would turn the pointer back to the data that is.
    """

    def __init__(self, root: Path, log_file: Path, stop: threading.Event, folders: Sequence[Path] = ()):
        self.root, self.log_file, self.stop, self.folders = root, log_file, stop, folders

    def run(self) -> str | None:
        """See `stages.watching.loop.Pipeline`."""
        began = time.time()
        pointers = [str(path) for folder in self.folders for path in sorted(folder.rglob("*.dvc")) if path.is_file()]
        if pointers and self._call("checkout", *pointers) and self._call("pull", *pointers):
            return f"data is not what its .dvc file says, `dvc add` it or mend the remote: {self._last_words()}"
        if self._call("repro", "validate"):
            if self._fit(began) is False:
                raise UnfitError(
                    f"the data did not pass validate: see {paths.VALIDATION_PAGE}; the model was not touched"
                )
            return f"a stage up to validate failed: {self._last_words()}"
        return f"the pipeline failed: {self._last_words()}" if self._call("repro") else None

    def up_to_date(self) -> bool:
        """Whether `fetch` has used the data that is there."""
        command = [sys.executable, "-m", "dvc", "status", "--json", "fetch"]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False)
        return done.returncode == 0 and done.stdout.strip().endswith("{}")

    def _call(self, *arguments: str) -> int:
        """Run DVC in a process group of its own, so that its stages end with it."""
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
            while process.poll() is None:
                if self.stop.wait(0.2):
                    _end(process)
                    raise StoppedError
        return process.returncode

    def _fit(self, since: float) -> bool | None:
        """What validate has said since then, None when it did not get so far."""
        report = self.root / paths.VALIDATION
        if not report.is_file() or report.stat().st_mtime < since:
            return None
        return read_report(report, ValidationReport).passed

    def _last_words(self) -> str:
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
