"""What the report says of suspect labels and near twins."""

import pandas as pd

from stages.dataset import suspects, twins
from stages.dataset.comparison import Comparison
from stages.reporting.comparison import SHOWN, sections


def test_counts_and_the_worst_rows():
    rows = [(f"{i:05d}", "tie", ("train", "val")[i % 2], "equal", 0.9, i / 1e4, "Look.") for i in range(SHOWN + 10)]
    pairs = [("1", "ago", "2", "past", "test", 0.001), ("3", "go", "4", "go", "val", 0.002)]
    found = Comparison(
        500, pd.DataFrame(rows, columns=list(suspects.COLUMNS)), pd.DataFrame(pairs, columns=list(twins.COLUMNS))
    )
    labels, recordings = sections(found)
    assert labels["cards"] == {"clips judged": 500, "suspect": 60, "of train": 30, "of val": 30}
    assert "none is left out" in labels["intro"]
    (table,) = labels["tables"]
    assert len(table["rows"]) == SHOWN
    assert table["rows"][0][:2] == ["00000", "tie"]
    assert table["caption"] == "The first 50 of 60; all: suspect_labels.csv"
    assert recordings["cards"] == {"pairs": 2, "under two glosses": 1}
    assert recordings["tables"][0]["caption"] == "As in near_twins.csv"


def test_nothing_found():
    assert [section["tables"] for section in sections(Comparison(500))] == [[], []]


def test_the_reason_why_nothing_was_compared():
    (section,) = sections(Comparison(problem="there is no base model"))
    assert "there is no base model" in section["intro"]
