"""Scores, by size of vocabulary, gloss and slice, and what is confused."""

import numpy as np
import pandas as pd
import pytest

from stages.evaluation import intervals, tables


def test_summary():
    probabilities = np.array([[0.6, 0.3, 0.1], [0.2, 0.3, 0.5], [0.1, 0.1, 0.8]])
    result = tables.summary(probabilities, np.array([0, 1, 2]))
    assert result["accuracy"] == pytest.approx(2 / 3)
    assert result["top5_accuracy"] == 1
    assert result["loss"] == pytest.approx(-np.log([0.6, 0.3, 0.8]).mean())
    assert result["accuracy_ci"][0] < 2 / 3 < result["accuracy_ci"][1]
    assert tables.summary(probabilities[:0], np.array([], int))["n"] == 0


def test_accuracy_by_vocabulary_chooses_within_the_first_glosses_on_their_clips():
    labels = np.array([0, 99, 99, 101, *range(1, 57)])  # the last ones are right in every vocabulary
    probabilities = np.full((len(labels), 102), 0.001)
    probabilities[np.arange(4, 60), labels[4:]] = 0.9
    probabilities[0, [0, 101]] = 0.3, 0.5  # right only where the last gloss is no choice
    probabilities[1, [99, 101]] = 0.5, 0.4
    probabilities[2, :6] = 0.1  # right in no first five
    probabilities[3, 101] = 0.9
    rows = tables.by_vocabulary({"val": probabilities, "test": probabilities[:0]}, {"val": labels, "test": labels[:0]})
    assert [(r["vocabulary"], r["part"], r["n"]) for r in rows] == [(100, "val", 59), (102, "val", 60)]
    assert [r["top1"] for r in rows] == [pytest.approx(58 / 59), pytest.approx(58 / 60)]
    assert [r["top5"] for r in rows] == [pytest.approx(58 / 59), pytest.approx(59 / 60)]
    assert rows[0]["top1_ci"] == intervals.wilson(58, 59)
    assert rows[1]["top5_ci"] == intervals.wilson(59, 60)


def test_vocabularies_are_cut_where_there_is_more_and_parts_without_their_clips_left_out():
    def sizes(glosses: int, val: int, test: int) -> list[tuple[int, str]]:
        of = {"val": np.arange(val), "test": np.arange(test)}
        rows = tables.by_vocabulary({part: np.full((len(of[part]), glosses), 0.1) for part in of}, of)
        return [(row["vocabulary"], row["part"]) for row in rows]

    assert sizes(3, 2, 2) == [(3, "val"), (3, "test")]
    assert sizes(3, 2, 1) == [(3, "val")]  # of one gloss in three: no measure of all
    assert sizes(300, 150, 50) == [(100, "val"), (100, "test"), (300, "val")]
    assert sizes(2000, 1000, 34) == [(100, "val"), (300, "val"), (1000, "val"), (2000, "val")]


def test_confusions_are_listed_worst_first():
    glosses = ("book", "drink", "chair")
    truth, guess = np.array([0, 0, 0, 1, 1, 2]), np.array([1, 1, 0, 2, 1, 2])
    pairs = tables.confusions(truth, guess, glosses)
    assert pairs["times"].sum() == 6
    assert ["drink", "drink", 1, 2, 0.5] in pairs.to_numpy().tolist()
    worst = tables.worst_confusions(pairs)
    assert worst.iloc[0].tolist() == ["book", "drink", 2, 3, 0.6667]
    assert len(worst) == 2
    report = tables.per_gloss(truth, guess, glosses).set_index("gloss")
    assert report.loc["book", "recall"] == pytest.approx(1 / 3, abs=1e-3)
    assert report.loc["macro avg", "support"] == 6


def test_slices_name_every_signer():
    predictions = pd.DataFrame(
        {
            "split": ["test"] * 4,
            "signer": ["a", "a", "b", "b"],
            "source": ["x"] * 4,
            "right": [True, True, False, True],
            "top5": True,
        }
    )
    table = tables.slices(predictions).set_index(["slice", "value"])
    assert table.loc[("signer", "b"), "accuracy"] == 0.5
    assert table.loc[("source", "x"), "n"] == 4


def test_glosses_that_are_taken_for_each_other_are_a_group():
    glosses = ("a", "b", "c", "d")
    p = np.array([[0.4, 0.6, 0, 0], [0.6, 0.4, 0, 0], [0, 0, 0.9, 0.1], [0, 0, 0.1, 0.9], [0.5, 0.5, 0, 0]])
    table = tables.confusable(p, np.array([0, 0, 2, 3, 1]), glosses)
    assert table.to_dict("records") == [
        {"glosses": "a, b", "size": 2, "clips": 3, "accuracy": pytest.approx(1 / 3, abs=1e-3), "accuracy_as_one": 1.0}
    ]


def test_trust_is_averaged_over_the_directions_that_were_seen():
    p = np.array([[0.7, 0.3]])  # nobody signed the second
    assert len(tables.confusable(p, np.array([0]), ("a", "b"))) == 1
    assert len(tables.confusable(np.array([[0.7, 0.3], [0.0, 1.0]]), np.array([0, 1]), ("a", "b"))) == 0
