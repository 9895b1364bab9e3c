"""Runs rules with Great Expectations and keeps what a person needs of its answers."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from stages.dataset.rules import Level, Rule

KEYS = {
    **{"columns": "column", "manifest": "video_id", "clips": "video_id", "files": "video_ids"},
    **{"signers": "signer", "glosses": "gloss", "drift": "feature", "gone": "gloss"},
}


@dataclass(frozen=True)
class Check:
    """One rule's outcome.

    Attributes:
        table, title, level, advice: the rule's.
        passed: whether the rule holds; also true of a table without rows, which `rows` tells.
        rows: how many rows were looked at.
        failing: keys of the rows that broke the rule (video_id, gloss, …), in the table's order.
        found: what was found, in words, for rules on a whole table or on a single row.
    """

    table: str
    title: str
    level: Level
    advice: str
    passed: bool
    rows: int
    failing: tuple[str, ...] = ()
    found: str = ""

    @property
    def count(self) -> str:
        """How many rows failed, of how many."""
        return f"{len(self.failing):,} of {self.rows:,}" if self.failing else ""

    @property
    def stops(self) -> bool:
        """Whether this ends the pipeline."""
        return not self.passed and self.level == "stop"


def failed(title: str, found: str, advice: str, table: str = "unread") -> Check:
    """A check that failed before any table could be looked at, such as a file that cannot be read."""
    return Check(table, title, "stop", advice, passed=False, rows=0, found=found)


def run(tables: dict[str, pd.DataFrame], rules: Iterable[Rule]) -> list[Check]:
    """Check tables with Great Expectations, in memory; importing it takes 5 to 8 s.

    Args:
        tables: by the name that rules use.
        rules: rules on tables that are not given are left out.

    Returns:
        One check a rule, in order. A rule that cannot be evaluated, such as on a column of the wrong type, counts as
        failed and says why.
    """
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations.data_context.types.base").setLevel(logging.ERROR)  # its import sets INFO
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("islr")
    rules, checks = list(rules), dict[int, Check]()
    for name, table in tables.items():
        mine = [_expectation(rule, number) for number, rule in enumerate(rules) if rule.table == name]
        if not mine:
            continue
        wanted: dict[str, Any] = {"result_format": "COMPLETE", "include_unexpected_rows": False}
        if name in KEYS:
            wanted["unexpected_index_column_names"] = [KEYS[name]]
        definition = source.add_dataframe_asset(name).add_batch_definition_whole_dataframe(name)
        batch = definition.get_batch(batch_parameters={"dataframe": table.reset_index(drop=True)})
        for answer in batch.validate(gx.ExpectationSuite(name, mine), result_format=wanted).results:
            number = answer.expectation_config.meta["rule"]  # type: ignore[union-attr]
            checks[number] = _check(rules[number], answer, table)
    return [checks[number] for number in sorted(checks)]


def _expectation(rule: Rule, number: int) -> Any:
    import great_expectations.expectations as known

    severity = "critical" if rule.level == "stop" else "warning"
    return getattr(known, rule.expectation)(**rule.arguments, severity=severity, meta={"rule": number})


def _check(rule: Rule, answer: Any, table: pd.DataFrame) -> Check:
    key = KEYS.get(rule.table, "")
    failing: tuple[str, ...] = ()
    found = ""
    if not answer.success:
        rows = answer.result.get("unexpected_index_list") or []
        failing = tuple(dict.fromkeys(str(row.get(key)) for row in rows)) if key else ()
        found = "" if failing and rule.arguments.get("column") == key else _found(rule, answer, table)
    return Check(rule.table, rule.title, rule.level, rule.advice, bool(answer.success), len(table), failing, found)


def _found(rule: Rule, answer: Any, table: pd.DataFrame) -> str:
    """What broke the rule, in a few words."""
    if "observed_value" in answer.result:
        return f"found {answer.result['observed_value']}"
    if rule.table == "totals" and rule.arguments.get("column") in table:
        return f"found {_text(table[rule.arguments['column']].iloc[0])}"
    if "unexpected_list" in answer.result:
        values = list(dict.fromkeys(map(_text, answer.result["unexpected_list"])))
        return "found " + ", ".join(values[:5]) + (f" and {len(values) - 5} more" if len(values) > 5 else "")
    errors = [str(e.get("exception_message")) for e in answer.exception_info.values() if isinstance(e, dict)]
    return "could not be checked: " + "; ".join(dict.fromkeys(errors or ["unknown error"]))[:300]


def _text(value: Any) -> str:
    if isinstance(value, tuple | list):
        return " instead of ".join(map(_text, value))  # found and expected of a pair of columns
    return f"{value:.3g}" if isinstance(value, float) else str(value)
