"""What the recogniser saw, as a prompt and as text; and what a language model says, as plain text."""

import pytest

from bentos.translation.lattice import messages, plain, readable
from tests.bentos.translation.asking import LATTICE


def test_context_is_part_of_the_prompt():
    said = messages(LATTICE, ("Where is the book?",))[-1]["content"]
    assert said.startswith("Said before: Where is the book?")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('  "I want\na book."  ', "I want a book."),
        ("A\x00B\x1b[31m\u202eC", "A B [31m C"),
        ("", ""),
        ("```\nHello.\n```", "Hello."),
    ],
)
def test_answers_become_plain_text(given, expected):
    assert plain(given) == expected


def test_glosses_are_readable_without_a_model():
    assert readable(["book", "thank you", "go"]) == "Book thank you go."
    assert readable([]) == ""
