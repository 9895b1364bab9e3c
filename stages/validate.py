"""Check manifest and landmarks; stop with a readable report if they are not fit to train on."""

import logging

from pydantic import Field

from stages import paths
from stages.dataset.expectations import Check
from stages.dataset.rules import Limits
from stages.dataset.validation import Outcome, examine
from stages.reports.files import write_json
from stages.start import stage

log = logging.getLogger("validate")


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


def save(outcome: Outcome) -> None:
    """Write report and metrics always, the list of valid clips and the statistics only if nothing stops."""
    from stages.reporting.validation import write_report

    paths.VALIDATION.parent.mkdir(parents=True, exist_ok=True)
    write_report(outcome, paths.VALIDATION_PAGE)
    write_json(paths.VALIDATION, outcome.report())
    if outcome.stopped:
        paths.VALID.unlink(missing_ok=True)
        return
    outcome.valid().to_parquet(paths.VALID, index=False)
    write_json(paths.STATISTICS, outcome.statistics)


def main() -> None:
    """Read params, check, write the report; exit with 1 if the data is not fit to train on."""
    with stage("validate", Params) as params:
        outcome = examine(paths.MANIFEST, paths.LANDMARKS, params, params.reference)
        save(outcome)
        for check in outcome.warnings:
            log.warning("warning: %s", describe(check))
        if outcome.stopped:
            for check in outcome.stopped:
                log.error("failed: %s", describe(check))
            log.error("The data is not fit to train on; nothing was written but the report: %s", paths.VALIDATION_PAGE)
            raise SystemExit(1)
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
