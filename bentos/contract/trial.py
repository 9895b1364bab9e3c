"""Whether a version may serve, found out in a process of its own: its code may hang, exit, crash or take all memory.

The process holds NumPy, LiteRT and this package, and says on its standard output what became of it. Whatever the
version's code prints goes nowhere.
"""

import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from bentos.contract import integrity, loading
from bentos.contract.loading import ModelError

SECONDS = 90.0  # until it is given up; a version of 1,000 glosses takes 1 s on an idle machine
CPU_SECONDS = 20  # of work that it may do; the same takes 0.5 s
MEMORY = 4 * 2**30  # bytes of addresses; the same takes 0.4 GiB
_ROOT = Path(__file__).resolve().parents[2]  # where this package is imported from
_MOST = 10_000  # characters that are read of what the process says


class SlowError(ModelError):
    """A version was not done in time, which may be the machine's fault."""


def run(folder: Path, seconds: float = SECONDS) -> int:
    """Load a sealed version in a process of its own and compare it with its recorded answers.

    What has passed in this process's lifetime is not tried again while its files are the same.

    Args:
        folder: as `integrity.verify` gives it.
        seconds: after which the process is killed.

    Returns:
        Clips compared.

    Raises:
        ModelError: it must not serve; a SlowError where another try may end otherwise.
    """
    return _passed(folder, integrity.fingerprint(folder), seconds)


@cache
def _passed(folder: Path, _: str, seconds: float) -> int:
    path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # threads that would do nothing take memory
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "bentos.contract.trial", str(folder.resolve())],
            cwd=_ROOT,
            env=os.environ | one | {"PYTHONPATH": path},
            stdin=subprocess.DEVNULL,
            stdout=said,  # a file: of a pipe, what the code started and left could hold the other end
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise SlowError(f"its code was not done after {seconds:g} seconds") from None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)  # with whatever it started
            process.wait()
        said.seek(0)
        return _verdict(said.read(_MOST), status)


def _verdict(said: bytes, status: int) -> int:
    try:
        verdict = json.loads(said)
        clips, error = verdict["clips"], verdict["error"]
    except (ValueError, KeyError, TypeError):
        clips, error = 0, None
    if error:
        raise ModelError(error)
    if -status in (signal.SIGXCPU, signal.SIGKILL):
        raise ModelError(f"its code was killed: it worked for {CPU_SECONDS} seconds, or took all memory")
    if status < 0:
        raise ModelError(f"its code ended the process by {_signal(-status)}")
    if status or not clips:
        raise ModelError(f"its code ended the process with exit status {status}")
    return clips


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def main() -> None:
    """Try the version that the command line names."""
    with os.fdopen(os.dup(1), "w") as said:
        os.dup2(2, 1)  # what the version's code prints
        with contextlib.suppress(ValueError, OSError):  # macOS knows no such limit
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        folder, clips, error = Path(sys.argv[1]), 0, None
        try:
            clips = loading.check(loading.load(folder), folder)
        except ModelError as refused:
            error = str(refused)[: _MOST // 4]
        json.dump({"clips": clips, "error": error}, said)


if __name__ == "__main__":
    main()
