"""Check manifest and landmarks; stop with a readable report if they are not fit to train on."""

import logging

from pydantic import Field

from stages import paths
from stages.dataset.comparison import Comparison, compare
from stages.dataset.expectations import Check
from stages.dataset.rules import Limits
from stages.dataset.validation import Outcome, examine
from stages.reports.files import write_json
from stages.start import stage

log = logging.getLogger(__name__)


class Params(Limits):
    """The limits of all rules, and what the data is compared with."""

    reference: str = Field(
        "", description="landmark_statistics.json that the data is compared with; empty = no comparison"
    )


def describe(check: Check) -> str:
    """A failed check in one line: what was expected, what was found where, what to do."""
    which = ", ".join(check.failing[:5]) + (f" and {len(check.failing) - 5} more" if len(check.failing) > 5 else "")
    found = "; ".join(part for part in (check.count, check.found, which) if part)
    return f"not met: {check.title}{f' ({found})' if found else ''}. {check.advice}"


def save(outcome: Outcome, comparison: Comparison | None) -> None:
    """Write report and metrics always, lists of clips and the statistics only if nothing stops."""
    from stages.reporting.validation import write_report

    paths.VALIDATION.parent.mkdir(parents=True, exist_ok=True)
    write_report(outcome, paths.VALIDATION_PAGE, comparison)
    write_json(paths.VALIDATION, outcome.report())
    if comparison is None:
        for path in (paths.VALID, paths.SUSPECTS, paths.TWINS):
            path.unlink(missing_ok=True)
        return
    outcome.valid().to_parquet(paths.VALID, index=False)
    write_json(paths.STATISTICS, outcome.statistics)
    comparison.suspects.to_csv(paths.SUSPECTS, index=False, float_format="%.3g")
    comparison.twins.to_csv(paths.TWINS, index=False, float_format="%.3g")


def tell(comparison: Comparison) -> None:
    """Log what comparing the clips has shown."""
    if comparison.problem:
        log.warning("warning: suspect labels and near twins were not looked for: %s", comparison.problem)
        return
    log.info(
        "%d of %d clips have a suspect label (%s), %d pairs of train and other clips are one recording (%s); none is "
        "left out for it",
        len(comparison.suspects),
        comparison.judged,
        paths.SUSPECTS,
        len(comparison.twins),
        paths.TWINS,
    )


def main() -> None:
    """Read params, check, write the report; exit with 1 if the data is not fit to train on."""
    with stage("validate", Params) as params:
        outcome = examine(paths.MANIFEST, paths.LANDMARKS, params, params.reference)
        comparison = None if outcome.stopped else compare(outcome, paths.LANDMARKS, paths.BASE)
        save(outcome, comparison)
        for check in outcome.warnings:
            log.warning("warning: %s", describe(check))
        if comparison is None:
            for check in outcome.stopped:
                log.error("failed: %s", describe(check))
            log.error("The data is not fit to train on; nothing was written but the report: %s", paths.VALIDATION_PAGE)
            raise SystemExit(1)
        tell(comparison)
        counts = outcome.report().clips
        log.info(
            "%d clips of %d glosses are valid (%d excluded, %d kept out of train); %d warnings; report: %s",
            counts["valid"],
            counts["glosses"],
            counts["excluded"],
            counts["untrained"],
            len(outcome.warnings),
            paths.VALIDATION_PAGE,
        )


if __name__ == "__main__":
    main()
