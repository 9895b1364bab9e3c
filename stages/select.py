"""Keep the candidate with the best val accuracy."""

import json
import logging
import shutil
from typing import TYPE_CHECKING

from pydantic import Field

from stages import paths
from stages.networks import NETWORKS, Name
from stages.params import Section, load

if TYPE_CHECKING:
    import pandas as pd

log = logging.getLogger(__name__)
CANDIDATES, SELECTED = paths.CANDIDATES, paths.SELECTED
REPORT, CURVES = paths.SELECTION, paths.CURVES


class Params(Section):
    """Section `select` of params.yaml."""

    candidates: tuple[Name, ...] = Field(tuple(NETWORKS), min_length=1, description="networks to train and choose from")


def rank(reports: dict[str, dict]) -> list[str]:
    """Names of candidates, best first: higher val accuracy, of equal ones the lower val loss."""
    return sorted(reports, key=lambda name: (-reports[name]["val"]["accuracy"], reports[name]["val"]["loss"], name))


def curves(reports: dict[str, dict]) -> "pd.DataFrame":
    """How the trainings went: one row a network and epoch, with "network", "epoch" and the metrics of that epoch."""
    import pandas as pd

    return pd.DataFrame([{"network": name, **row} for name, report in reports.items() for row in report["history"]])


def main() -> None:
    """Run the stage."""
    params = load("select", Params)
    reports = {}
    for name in params.candidates:
        path = CANDIDATES / name / "report.json"
        if not path.is_file():
            raise SystemExit(
                f"{path} is missing: run `dvc repro train@{name}`, or take {name} out of select.candidates"
            )
        reports[name] = json.loads(path.read_text(encoding="utf-8"))
    if others := sorted({path.name for path in CANDIDATES.iterdir()} - set(reports)):
        log.warning("%s in %s: no candidates, remove them, or `select` repeats elsewhere", others, CANDIDATES)
    order = rank(reports)
    for name in order:
        val = reports[name]["val"]
        log.info("%s: val accuracy %.3f, val loss %.3f on %d clips", name, val["accuracy"], val["loss"], val["n"])
    shutil.rmtree(SELECTED, ignore_errors=True)
    shutil.copytree(CANDIDATES / order[0], SELECTED)
    candidates = {name: {**reports[name]["val"], "run_key": reports[name]["run_key"]} for name in order}
    REPORT.parent.mkdir(parents=True, exist_ok=True)
    curves(reports).to_csv(CURVES, index=False)
    REPORT.write_text(json.dumps({"selected": order[0], "candidates": candidates}, indent=1) + "\n", encoding="utf-8")
    log.info("selected %s", order[0])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
