"""Running rules: order, keys of failing rows, and rules that cannot be evaluated."""

import pandas as pd

from stages.dataset.expectations import run
from stages.dataset.rules import Rule

CLIPS = pd.DataFrame({"video_id": ["a", "b", "c"], "fps": [25.0, 300.0, 25.0], "name": ["x", "y", "z"]})


def between(column, high, level="exclude"):
    return Rule(
        "clips",
        f"{column} up to {high}",
        "ExpectColumnValuesToBeBetween",
        level,
        "do",
        {"column": column, "max_value": high},
    )


def test_failing_rows_are_named_and_the_order_is_the_rules():
    totals = Rule("totals", "many", "ExpectColumnValuesToBeBetween", "stop", "add", {"column": "n", "min_value": 5})
    rules = [
        totals,
        between("fps", 60.0),
        between("fps", 500.0),
        Rule("nowhere", "-", "ExpectColumnToExist", "warn", ""),
    ]
    checks = run({"clips": CLIPS, "totals": pd.DataFrame({"n": [3]})}, rules)
    assert [check.title for check in checks] == ["many", "fps up to 60.0", "fps up to 500.0"]
    many, narrow, wide = checks
    assert many.stops
    assert many.found == "found 3"
    assert narrow.failing == ("b",)
    assert (narrow.count, narrow.found, narrow.stops) == ("1 of 3", "found 300", False)
    assert wide.passed


def test_a_rule_that_cannot_be_evaluated_fails_and_says_so():
    (missing,) = run({"clips": CLIPS}, [between("nope", 1)])
    assert not missing.passed
    assert "could not be checked" in missing.found
    assert "nope" in missing.found


def test_an_index_that_repeats_does_not_matter():
    doubled = pd.concat([CLIPS, CLIPS.assign(video_id=["d", "e", "f"])])
    (check,) = run({"clips": doubled}, [between("fps", 60.0)])
    assert check.failing == ("b", "e")
