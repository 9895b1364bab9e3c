"""What language models answer becomes one sentence, or none."""

import json

import pytest

from bentos.translation.answer import NoEnglishError, read, sentence
from tests.bentos.translation.standin import completion

SAID = "I want a book."


def said(content, finish="stop", **message) -> str:
    """The sentence of such an answer, or the reason why there is none."""
    try:
        return sentence(completion(content, finish, **message)[1])
    except NoEnglishError as error:
        return error.reason


@pytest.mark.parametrize(
    "content",
    [
        f"<think>The user signs a book.</think>\n\n{SAID}",
        f"<think>\n\n</think>\n\n{SAID}",
        f"The user signs a book. So I say: it.</think>{SAID}",
        f"{SAID}\n<think>Was that right?</think>",
        f"<think>one <think>two</think> three</think>{SAID}",
        f"<THINK>one</THINK><think>two</think>{SAID}",
        f"<thinking>x</thinking>{SAID}",
        f"<reasoning>x</reasoning>{SAID}",
        f"<seed:think>x</seed:think>{SAID}",
        f"[THINK]x[/THINK]{SAID}",
        f"◁think▷x◁/think▷{SAID}",
        f"<|START_THINKING|>x<|END_THINKING|><|START_RESPONSE|>{SAID}<|END_RESPONSE|>",
        f"<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>{SAID}<|return|>",
        "<think>" + "long " * 5000 + f"</think>{SAID}",
        f"{SAID}<|im_end|>\n<|im_start|>user\nNo.",
        f"{SAID}</s>",
        [{"type": "text", "text": SAID}],
        [{"type": "text", "text": "I want "}, {"type": "text", "text": "a book."}],
        [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}, {"type": "text", "text": SAID}],
        [{"type": "reasoning", "text": "hm"}, {"type": "output_text", "text": SAID}],
        [{"type": "text", "text": "<think>hm</think>"}, {"type": "text", "text": SAID}],
        [{"text": SAID}],
        [SAID],
        {"type": "text", "text": SAID},
    ],
)
def test_only_the_sentence_is_left(content):
    assert said(content) == SAID


@pytest.mark.parametrize("finish", ["stop", "STOP", "eos", "end_turn", None, ""])
def test_ways_to_end(finish):
    assert said(SAID, finish) == SAID


@pytest.mark.parametrize(
    ("content", "finish", "reason"),
    [
        ("I want a", "length", "unfinished"),
        ("I want a", "max_tokens", "unfinished"),
        ("Let me look.", "tool_calls", "unfinished"),
        (None, "length", "unfinished"),
        ("<think>The user signs", "length", "unfinished"),
        ("<think>The user signs", "stop", "unfinished"),
        ("<think>one</think>Well. <think>two", "stop", "unfinished"),
        ("<|channel|>analysis<|message|>The user", None, "unfinished"),
        ("I want", "content_filter", "filtered"),
        (None, "content_filter", "filtered"),
        ("I want", "SAFETY", "filtered"),
        ("", "stop", "empty"),
        (None, "stop", "empty"),
        ([], "stop", "empty"),
        ("<think>nothing</think>", "stop", "empty"),
        ([{"type": "image_url", "image_url": {"url": "x"}}], "stop", "empty"),
        ([{"type": "refusal", "refusal": "I cannot help."}], "stop", "declined"),
        (7, "stop", "garbage"),
        ([7], "stop", "garbage"),
        ([{"type": "text"}], "stop", "garbage"),
        ([{"type": "text", "text": None}], "stop", "garbage"),
        ("I want", ["stop"], "unfinished"),
    ],
)
def test_what_is_no_finished_sentence_is_no_caption(content, finish, reason):
    assert said(content, finish) == reason


def test_a_refusal_is_no_caption():
    assert said(None, refusal="I'm sorry, I can't help with that.") == "declined"
    assert said(SAID, refusal=None) == SAID


@pytest.mark.parametrize("document", [{"choices": []}, {"choices": None}, {"choices": [{}]}])
def test_answers_without_a_choice_are_empty(document):
    with pytest.raises(NoEnglishError, match="empty"):
        sentence(document)


@pytest.mark.parametrize(
    "document", [{"choices": 7}, {"choices": {"a": 1}}, {"choices": ["x"]}, {"choices": [{"message": "x"}]}]
)
def test_other_shapes_are_garbage(document):
    with pytest.raises(NoEnglishError, match="garbage"):
        sentence(document)


@pytest.mark.parametrize(
    "body", [b"<html>", b"\xff\xfe", b"[]", b"7", b"{}", b'{"error": {"message": "no"}}', b"[" * 100_000]
)
def test_what_is_no_chat_completion_is_garbage(body):
    with pytest.raises(NoEnglishError, match="garbage"):
        read(body)
    assert read(json.dumps(completion(SAID)[1]).encode())["usage"]["prompt_tokens"] == 120
