"""How a stage, or another command, begins and ends.

def main() -> None:
    with stage("split", Params) as params:
        ...
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from stages.params import Section, load

PLAIN = "%(message)s"
QUIET = {
    "TF_CPP_MIN_LOG_LEVEL": "2",  # warnings of TensorFlow's own code stay, notes do not
    "GX_ANALYTICS_ENABLED": "false",  # Great Expectations reads it when it is imported, and would phone home
}

log = logging.getLogger(__name__)
S = TypeVar("S", bound=Section)


class StageError(Exception):
    """The work cannot be done; the message is one sentence for people and says what to do."""


@contextmanager
def command(stopped: str = "", form: str = PLAIN) -> Iterator[None]:
    """Set up logging and environment, and end with one sentence and exit status 1 where the work cannot be done.

    What else is raised is a defect and keeps its trace; so does a connection that fails, whose message alone says too
    little. A full disk or a file that is not there is a sentence.

    Args:
        stopped: what a person is told who stops it with Ctrl-C (exit status 130); empty: Python's trace.
        form: of the log's lines.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    logging.basicConfig(level=logging.INFO, format=form)
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
