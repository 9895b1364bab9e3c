"""Curves in MLflow while a training runs.

A view, not the record: whatever does not get through is written by `register` from the stage's outputs. So nothing
here raises, and a server that is gone costs one warning and a few seconds.
"""

import logging
import os
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from stages.tracking import runs
from stages.tracking.connect import connect

log = logging.getLogger(__name__)


class Curves:
    """The open run of one training; made by `curves`. Use it as a context manager or call `close`."""

    def __init__(self, run_key: str, name: str, params: Mapping[str, Any], tags: Mapping[str, Any] | None = None):
        self.run_id = ""
        self._client = None
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "5")
        try:
            self._client = connect(make=True)
            self.run_id = runs.open_run(self._client, run_key, name, params, tags)
            if runs.is_complete(self._client, self.run_id):  # the same training once more
                self._client = None
        except Exception as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._client = None
        said = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        log.warning("No live curves: MLflow does not answer (%s). The training goes on; register fills them in.", said)

    def log(self, epoch: int, metrics: Mapping[str, float]) -> None:
        """Show one epoch's metrics; an epoch that is there already (after a resumed training) stays as it is.

        Args:
            epoch: number of the epoch, the step in MLflow.
            metrics: finite numbers by name.
        """
        if self._client is None:
            return
        try:
            runs.add_metrics(self._client, self.run_id, [(epoch, metrics)])
        except Exception as error:
            self._give_up(error)

    def close(self, status: str = "FINISHED") -> None:
        """End the run; `status` as MLflow's: FINISHED, FAILED or KILLED."""
        if self._client is None:
            return
        try:
            self._client.set_terminated(self.run_id, status)
        except Exception as error:
            self._give_up(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.close("FINISHED" if kind is None else "KILLED" if issubclass(kind, KeyboardInterrupt) else "FAILED")


def curves(run_key: str, name: str, params: Mapping[str, Any], tags: Mapping[str, Any] | None = None) -> Curves:
    """Open the run of a training, or find it again after an interruption.

    Args:
        run_key: what identifies the training: equal inputs, code and parameters give an equal key.
        name: shown in the UI, for example "train gislr".
        params: hyper-parameters, nested or flat.
        tags: more about the run.
    """
    return Curves(run_key, name, params, tags)
