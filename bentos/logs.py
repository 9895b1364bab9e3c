"""Logs as lines of JSON, one object each, with request ids."""

import contextlib
import errno
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

log = logging.getLogger(__name__)
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, event and whatever was given as `extra`."""

    def format(self, record: logging.LogRecord) -> str:
        """Render a record."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str, ensure_ascii=False)


def configure(level: int = logging.INFO) -> None:
    """Send all records of this process to standard error as JSON lines: libraries', warnings and last words, too."""
    root = logging.getLogger()
    if any(isinstance(handler.formatter, JsonLines) for handler in root.handlers):
        return
    handler = logging.StreamHandler(os.fdopen(os.dup(sys.stderr.fileno()), "w", encoding="utf-8"))
    handler.setFormatter(JsonLines())
    root.handlers = [handler]
    for name in ("bentoml", "uvicorn.error", "uvicorn.access", "circus", "py.warnings"):  # they have handlers already
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    logging.getLogger("bentos").setLevel(level)
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: root.critical("the process fails", exc_info=(kind, error, trace))


@contextlib.contextmanager
def captured() -> Iterator[None]:
    """Where the log is JSON, make records of what native libraries write to standard error meanwhile."""
    if not any(isinstance(handler.formatter, JsonLines) for handler in logging.getLogger().handlers):
        yield
        return
    with tempfile.TemporaryFile() as said:
        before = os.dup(2)
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(before, 2)
            os.close(before)
            said.seek(0)
            for line in said.read().decode(errors="replace").splitlines():
                log.info("%s", line)


def explain_used_port() -> None:
    """From now on, this process ends with one sentence, and not with a traceback, when its port is taken."""
    before = sys.excepthook

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, OSError) and error.errno == errno.EADDRINUSE:
            sys.stderr.write(
                "The port is in use, perhaps by another `bentoml serve`: end what uses it, or take another port with "
                "`bentoml serve --port 3001`\n"
            )
        else:
            before(kind, error, trace)

    sys.excepthook = hook
