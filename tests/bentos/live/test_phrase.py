"""A phrase: signs in their order, and gaps where one got no word."""

import pytest

from bentos.live.phrase import MOST_UNSURE, Phrase, Sign


def sign(number: int, gloss: str = "book") -> Sign:
    return Sign(number, ((gloss, 0.9), ("drink", 0.1)), float(number), number + 0.5)


@pytest.fixture
def phrase() -> Phrase:
    return Phrase(signs=[sign(2), sign(5, "want")])


def test_a_sign_between_others_that_got_no_word_is_a_gap(phrase):
    for number in (1, 3, 6):  # before the first and after the last word hands may only come and go
        phrase.doubt(sign(number))
    assert phrase.lattice() == (sign(2).candidates, (), sign(5, "want").candidates)


def test_a_gap_that_a_person_fills_is_a_sign(phrase):
    phrase.doubt(sign(3, "go"))
    phrase.insert(phrase.unsure.pop(3))
    assert [s[0][0] for s in phrase.lattice()] == ["book", "go", "want"]


def test_the_last_unsure_signs_are_remembered_until_all_is_cleared(phrase):
    for number in range(10, 12 + MOST_UNSURE):
        phrase.doubt(sign(number))
    assert list(phrase.unsure) == list(range(12, 12 + MOST_UNSURE))
    phrase.clear()
    assert not phrase.unsure
    assert phrase.lattice() == ()
