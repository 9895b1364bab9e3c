"""How a stage, or another command, begins and ends.

def main() -> None:
    with stage("split", Params) as params:
        ...
"""

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, TypeVar

from stages.params import Section, load

PLAIN = "%(message)s"
OURS = ("__main__", "stages", "bentos")  # loggers that tell what is done; of libraries only warnings are shown
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "3",  # below it TensorFlow logs that there is no GPU as an error; what fails raises anyway
    "DASK_LOGGING__DISTRIBUTED": "warning",  # at its own default every worker and connection is a line
    "GX_ANALYTICS_ENABLED": "false",  # Great Expectations reads it when it is imported, and would phone home
}
NOISE = (  # what TensorFlow's own code says when it is imported, and when it converts a model
    b"Unable to register cu",
    b"computation placer already registered",
    b"before absl::InitializeLog()",
    b"tf_tfl_flatbuffer_helpers",
    b"mlir_graph_optimization_pass",
)

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Section)


class StageError(Exception):
    """The work cannot be done; the message is one sentence for people and says what to do."""


def quiet() -> None:
    """Let libraries say less, in this process and in those that it starts; to be called before they are imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    if not any(isinstance(finder, _TensorFlow) for finder in sys.meta_path):
        sys.meta_path.insert(0, _TensorFlow())


class _TensorFlow(MetaPathFinder):
    """Finds TensorFlow as Python would, and drops the lines of NOISE while it is imported.

    Its build registers CUDA's parts twice and says so at no level that could be set: before its log is set up.
    """

    def find_spec(self, name: str, path: Any = None, target: ModuleType | None = None) -> ModuleSpec | None:
        """See importlib; None for every other module."""
        spec = PathFinder.find_spec(name, path) if name == "tensorflow" else None
        if spec and spec.loader:
            spec.loader.exec_module = noiseless()(spec.loader.exec_module)  # type: ignore[method-assign]
        return spec


@contextmanager
def noiseless() -> Iterator[None]:
    """Drop the lines of NOISE from what this process writes to standard error; what else is written comes late."""
    stderr = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            said.seek(0)
            for line in said:
                if not any(noise in line for noise in NOISE):
                    os.write(2, line)


@contextmanager
def command(stopped: str = "", form: str = PLAIN) -> Iterator[None]:
    """Set up logging and environment, and end with one sentence and exit status 1 where the work cannot be done.

    What else is raised is a defect and keeps its trace; so does a connection that fails, whose message alone says too
    little. A full disk or a file that is not there is a sentence.

    Args:
        stopped: what a person is told who stops it with Ctrl-C (exit status 130); empty: Python's trace.
        form: of the log's lines.
    """
    quiet()
    logging.basicConfig(level=logging.WARNING, format=form)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        yield
    except (ConnectionError, TimeoutError):
        raise
    except (StageError, OSError) as error:
        raise SystemExit(str(error)) from None
    except KeyboardInterrupt:
        if not stopped:
            raise
        log.warning(stopped)
        raise SystemExit(130) from None


@contextmanager
def stage(name: str, params: type[S], stopped: str = "", form: str = PLAIN) -> Iterator[S]:
    """Begin and end as `command` does, and give the stage its parameters.

    Args:
        name: of the stage, and of its section in params.yaml.
        params: its parameters as a model.
        stopped: see `command`.
        form: see `command`.
    """
    with command(stopped, form):
        yield load(name, params)
