"""From what a language model answers to a sentence for a caption, or the reason why there is none."""

import json
import re
from typing import Any

from bentos.translation.lattice import plain

FINISHED = ("stop", "eos", "eos_token", "stop_sequence", "end_turn")
_FILTERED = re.compile(r"filter|safety|refusal|sensitive|prohibited|recitation|blocklist", re.IGNORECASE)
_TEXT_PARTS = (None, "text", "output_text")
_NAMES = r"(?:[\w-]+:)?(?:think|thinking|thought|reasoning)"
_OPENING = rf"[<\[◁]{_NAMES}[>\]▷]|<\|START_THINKING\|>|<\|channel\|>(?:analysis|commentary)|<\|channel>"
_CLOSING = rf"[<\[◁]/{_NAMES}[>\]▷]|<\|END_THINKING\|>|<\|channel\|>final<\|message\|>|<channel\|>"
_OPENS, _CLOSES = re.compile(_OPENING, re.IGNORECASE), re.compile(_CLOSING, re.IGNORECASE)
_WHOLE = re.compile(f"(?:{_OPENING}).*?(?:{_CLOSING})", re.IGNORECASE | re.DOTALL)
_SPECIAL = re.compile(r"<\|\w+\|>|</?s>|<(?:start|end)_of_turn>|\[/?INST\]")


class NoEnglishError(Exception):
    """There is no English.

    Attributes:
        reason: a word for metrics and logs.
        advice: what an operator can do about it, in a sentence without keys and without what people said, or None.
    """

    def __init__(self, reason: str, advice: str | None = None):
        super().__init__(reason)
        self.reason, self.advice = reason, advice


def read(body: bytes) -> dict[str, Any]:
    """The answer's JSON document, which has `choices`.

    Raises:
        NoEnglishError: "garbage": it is no chat completion.
    """
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise NoEnglishError("garbage") from None
    if not isinstance(document, dict) or "choices" not in document:
        raise NoEnglishError("garbage")
    return document


def sentence(document: dict[str, Any]) -> str:
    """What a chat completion says, as plain text of bounded length.

    Raises:
        NoEnglishError: "garbage", or a right answer without a sentence in it: "filtered" (by the server), "declined"
            (by the model), "unfinished" (cut, or still thinking), "empty".
    """
    try:
        choice = document["choices"][0] if document["choices"] else {}
        finish = str(choice.get("finish_reason") or "stop").lower()
        message = choice.get("message") or {}
        text, refusal = _joined(message.get("content"))
        refusal = refusal or bool(message.get("refusal"))
    except (LookupError, TypeError, AttributeError):
        raise NoEnglishError("garbage") from None
    if _FILTERED.search(finish):
        raise NoEnglishError("filtered")
    if refusal:
        raise NoEnglishError("declined")
    if finish not in FINISHED:
        raise NoEnglishError("unfinished")
    text = plain(_spoken(text))
    if not text:
        raise NoEnglishError("empty")
    return text


def _joined(content: Any) -> tuple[str, bool]:
    """Text of a message's content, which is a string, null or a list of parts, and whether a part is a refusal."""
    texts, refusal = [], False
    for part in content if isinstance(content, list) else [content or ""]:
        if isinstance(part, str):
            texts.append(part)
        elif part.get("type") in _TEXT_PARTS:
            texts.append(part["text"])
        refusal = refusal or (isinstance(part, dict) and part.get("type") == "refusal")
    return "".join(texts), refusal


def _spoken(text: str) -> str:
    """An answer without the thinking before it, and without special tokens and what follows them.

    Raises:
        NoEnglishError: "unfinished": it never stops thinking.
    """
    text = _CLOSES.split(_WHOLE.sub(" ", text))[-1]  # templates may put the opening tag into the prompt
    if _OPENS.search(text):
        raise NoEnglishError("unfinished")
    return next((piece for piece in _SPECIAL.split(text) if piece.strip()), "")
