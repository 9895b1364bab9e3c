"""The signs of one phrase, and a signed token with which any process can take it up again."""

import base64
import hashlib
import hmac
import json
import zlib
from dataclasses import dataclass, field, replace

from bentos.live import messages
from bentos.translation.lattice import Lattice

MAX_SIGNS = 40
MAX_CONTEXT = 2
MOST_UNSURE = 10  # signs without a word that a person may still give one
MAX_STATE = 256 * 1024  # bytes


@dataclass(frozen=True)
class Sign:
    """A committed sign; times in seconds of the client's clock."""

    number: int
    candidates: tuple[tuple[str, float], ...]
    start: float
    end: float

    @property
    def gloss(self) -> str:
        """The likeliest, or the one that a person chose."""
        return self.candidates[0][0]

    def public(self) -> messages.PhraseSign:
        """As clients get it."""
        return messages.PhraseSign(
            sign=self.number,
            gloss=self.gloss,
            score=self.candidates[0][1],
            candidates=[messages.Candidate(gloss=gloss, score=score) for gloss, score in self.candidates],
            start=self.start * 1e3,
            end=self.end * 1e3,
        )


@dataclass
class Phrase:
    """What has been signed since the last pause, and the last sentences before it."""

    number: int = 1
    signs: list[Sign] = field(default_factory=list)
    next_sign: int = 1
    context: tuple[str, ...] = ()
    unsure: dict[int, Sign] = field(default_factory=dict)  # signs that got no word, by their numbers

    def take_number(self) -> int:
        """A number for a sign that begins."""
        self.next_sign += 1
        return self.next_sign - 1

    def find_repeated(self, sign: Sign, within: float) -> Sign | None:
        """The last sign, when this one, which begins at most `within` seconds after it, only repeats it."""
        last = self.signs[-1] if self.signs else None
        return last if last and last.gloss == sign.gloss and sign.start - last.end <= within else None

    def insert(self, sign: Sign) -> None:
        """Add a sign where its number puts it."""
        self.signs = sorted([*self.signs, sign], key=lambda s: s.number)

    def choose(self, number: int, gloss: str) -> bool:
        """Put another gloss first in a sign; False when there is no such sign."""
        for i, sign in enumerate(self.signs):
            if sign.number == number:
                others = tuple(c for c in sign.candidates if c[0] != gloss)
                self.signs[i] = replace(sign, candidates=((gloss, 1.0), *others))
                return True
        return False

    def doubt(self, sign: Sign) -> None:
        """Remember a sign that got no word."""
        self.unsure = dict([*self.unsure.items(), (sign.number, sign)][-MOST_UNSURE:])

    def undo(self) -> None:
        """Drop the last sign, if there is one."""
        self.signs = self.signs[:-1]

    def clear(self) -> None:
        """Drop all signs."""
        self.signs, self.unsure = [], {}

    def lattice(self) -> Lattice:
        """The signs for translation; those between them that got no word are empty."""
        numbers = [sign.number for sign in self.signs]
        gaps = [(number, ()) for number in self.unsure if numbers and numbers[0] < number < numbers[-1]]
        return tuple(candidates for _, candidates in sorted([*((s.number, s.candidates) for s in self.signs), *gaps]))

    @property
    def full(self) -> bool:
        """Whether another sign must begin another phrase."""
        return len(self.signs) >= MAX_SIGNS

    def extend(self, sign: Sign, end: float) -> None:
        """A sign went on until `end`."""
        self.signs = [replace(s, end=end) if s is sign else s for s in self.signs]

    def finish(self) -> None:
        """Begin the next phrase."""
        self.number += 1
        self.signs = []


class ResumeTokens:
    """Signs the state of a phrase, so that the client can carry it to another process.

    Args:
        secret: shared by all processes of the service.
        seconds: how long a token is good.
    """

    def __init__(self, secret: bytes, seconds: float):
        self._secret = secret
        self._seconds = seconds

    def encode(self, phrase: Phrase, now: float) -> str:
        """A token for the phrase as it is; `now` in seconds of the wall clock."""
        state = {
            "until": now + self._seconds,
            "number": phrase.number,
            "next": phrase.next_sign,
            "context": phrase.context,
            "signs": [(s.number, s.candidates, s.start, s.end) for s in phrase.signs],
        }
        body = zlib.compress(json.dumps(state, separators=(",", ":")).encode(), 1)
        return base64.urlsafe_b64encode(self._signature(body) + body).decode()

    def decode(self, token: str, now: float) -> Phrase | None:
        """The phrase of a token, or None when it is not ours or too old."""
        try:
            content = base64.urlsafe_b64decode(token.encode())
        except ValueError:
            return None
        signature, body = content[:32], content[32:]
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        state = json.loads(zlib.decompressobj().decompress(body, MAX_STATE))
        if now > state["until"]:
            return None
        signs = [
            Sign(number, tuple((str(g), float(s)) for g, s in candidates), start, end)
            for number, candidates, start, end in state["signs"]
        ]
        return Phrase(state["number"], signs, state["next"], tuple(state["context"]))

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self._secret, body, hashlib.sha256).digest()
