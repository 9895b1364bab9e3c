"""Which glosses are candidates: what an operator can write, and what it means for a version."""

import numpy as np
import pytest

from bentos.model import choice
from tests.bentos.environment import from_env
from tests.bentos.tiny_model import accuracy

LABELS = ["book", "drink", "computer", "before", "chair", "go"]


def chosen(vocabulary, **metadata) -> list[str]:
    return [LABELS[i] for i in choice.chosen(vocabulary, {"labels": LABELS} | metadata)]


@pytest.mark.parametrize(
    ("text", "glosses"),
    [
        ("all", LABELS),
        ("ALL", LABELS),
        ("first 1", LABELS[:1]),
        (" First  3 ", LABELS[:3]),
        ("first 300", LABELS),  # a version with fewer labels
    ],
)
def test_an_operator_chooses_by_a_word(text, glosses):
    measured = [accuracy(2, 0.9)]  # what is chosen goes before what was measured
    assert chosen(from_env({"ISLR_VOCABULARY": text}).vocabulary, accuracy=measured) == glosses


@pytest.mark.parametrize("content", [b"chair\nbook\n", b"\xef\xbb\xbfbook\r\n\r\n  chair\r\nbook\r\n"])
def test_an_operator_chooses_by_a_file(tmp_path, monkeypatch, content):
    (tmp_path / "mine.txt").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    for text in (str(tmp_path / "mine.txt"), "mine.txt"):
        assert chosen(from_env({"ISLR_VOCABULARY": text}).vocabulary) == ["book", "chair"]  # in the order of the labels


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("first 0", "'first 0' leaves no gloss to choose; right is a number from 1 up"),
        ("first -3", "first -3 cannot be read"),
        ("first few", 'right is "all", "first 300", or the path'),
        ("300", "300 cannot be read (No such file or directory)"),
        ("{tmp}/missing.txt", "{tmp}/missing.txt cannot be read"),
        ("{tmp}", "{tmp} cannot be read (Is a directory)"),
        ("{tmp}/empty.txt", "{tmp}/empty.txt holds no gloss"),
        ("{tmp}/utf16.txt", "{tmp}/utf16.txt is no UTF-8 text"),
        ("x" * 5000, "cannot be read"),
    ],
)
def test_what_cannot_be_a_choice_is_refused_at_the_start(tmp_path, text, says):
    (tmp_path / "empty.txt").write_text("\n \n")
    (tmp_path / "utf16.txt").write_bytes("book\n".encode("utf-16"))
    with pytest.raises(ValueError, match="ISLR_VOCABULARY: ") as caught:
        from_env({"ISLR_VOCABULARY": text.format(tmp=tmp_path)})
    assert says.format(tmp=tmp_path) in str(caught.value)
    assert "Value error" not in str(caught.value)


@pytest.mark.parametrize(
    ("measured", "count"),
    [
        (None, 6),
        ([], 6),
        ([accuracy(1, 0.9), accuracy(3, 0.8), accuracy(6, 0.6)], 3),
        ([accuracy(6, 0.7), accuracy(3, 0.8)], 6),  # 70 % is enough, and the order of the list means nothing
        ([accuracy(1, 0.9), accuracy(3, 0.65), accuracy(6, 0.75)], 6),
        ([accuracy(2, 0.69), accuracy(6, 0.4)], 2),  # none is reliable: the smallest
        ([accuracy(2, 0.7), accuracy(6, 0.5), accuracy(6, 0.9, "test")], 2),  # test decides nothing
        ([accuracy(3, 0.9, "test")], 6),
    ],
)
def test_by_default_the_largest_reliable_vocabulary(measured, count):
    assert from_env({}).vocabulary is None
    assert chosen(None, accuracy=measured) == LABELS[:count]


def test_places_rise_and_stand_once():
    known = {gloss: i for i, gloss in enumerate(LABELS)}
    np.testing.assert_array_equal(choice.places(["go", "book", "go", "chair"], known), [0, 4, 5])


@pytest.mark.parametrize(
    ("glosses", "says"),
    [
        (["book", "zebra"], "'zebra' is not in the model's vocabulary"),
        (["zebra", "gnu", "zebra"], "'zebra' and 'gnu' are not"),
        (["a", "b", "c"], "'a', 'b' and 'c' are not"),
        (["a", "b", "c", "d", "e"], "'a', 'b', 'c' and 2 more are not"),
        (["\ud800" + "x" * 64], "'\\ud800" + "x" * 39 + "' is not"),
    ],
)
def test_unknown_glosses_are_named(glosses, says):
    with pytest.raises(choice.UnknownGlossError) as caught:
        choice.places(glosses, {"book": 0})
    assert says in str(caught.value)
    assert "GET /metadata" in str(caught.value)
