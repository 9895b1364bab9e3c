"""Keep the candidate with the best val accuracy."""

import logging
import shutil
from typing import TYPE_CHECKING

from pydantic import Field

from stages import paths
from stages.networks import NETWORKS, Name
from stages.params import Section
from stages.reports.files import document, read_report, write_json
from stages.reports.training import Candidate, Selection, TrainReport
from stages.start import StageError, stage

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)


class Params(Section):
    """Section `select` of params.yaml."""

    candidates: tuple[Name, ...] = Field(tuple(NETWORKS), min_length=1, description="networks to train and choose from")


def rank(reports: dict[str, TrainReport]) -> list[str]:
    """Names of candidates, best first: higher val accuracy, of equal ones the lower val loss."""
    return sorted(reports, key=lambda name: (-reports[name].val.accuracy, reports[name].val.loss, name))


def curves(reports: dict[str, TrainReport]) -> "pd.DataFrame":
    """How the trainings went: one row a network and epoch, with "network", "epoch" and the metrics of that epoch."""
    import pandas as pd

    return pd.DataFrame([{"network": name, **row} for name, report in reports.items() for row in report.history])


def select(params: Params) -> Selection:
    """Copy the best candidate's model to paths.SELECTED, and put all trainings into one table.

    Raises:
        StageError: a candidate has not been trained.
    """
    reports = {}
    for name in params.candidates:
        path = paths.CANDIDATES / name / "report.json"
        if not path.is_file():
            raise StageError(
                f"{path} is missing: run `dvc repro train@{name}`, or take {name} out of select.candidates"
            )
        reports[name] = read_report(path, TrainReport)
    if others := sorted({path.name for path in paths.CANDIDATES.iterdir()} - set(reports)):
        log.warning("%s in %s: no candidates, remove them, or `select` repeats elsewhere", others, paths.CANDIDATES)
    order = rank(reports)
    for name in order:
        val = reports[name].val
        log.info("%s: val accuracy %.3f, val loss %.3f on %d clips", name, val.accuracy, val.loss, val.n)
    shutil.rmtree(paths.SELECTED, ignore_errors=True)
    shutil.copytree(paths.CANDIDATES / order[0], paths.SELECTED)
    candidates = {name: Candidate(**document(reports[name].val), run_key=reports[name].run_key) for name in order}
    selection = Selection(selected=order[0], candidates=candidates)
    write_json(paths.SELECTION, selection)
    curves(reports).to_csv(paths.CURVES, index=False)
    return selection


def main() -> None:
    """Run the stage."""
    with stage("select", Params) as params:
        log.info("selected %s", select(params).selected)


if __name__ == "__main__":
    main()
