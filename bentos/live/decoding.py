"""Which signs a stretch of movement holds: the best sequence of windows, found while it goes on.

A segmental decoder (as in Ostendorf et al., "From HMM's to segment models", 1996): windows between proposed boundaries
are scored by the recogniser, and dynamic programming chooses those that cover the stretch best. A fixed lag after its
end, or at once where that is a boundary rather than not, a window is settled: no later frame changes it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

DOUBT = 0.05  # evidence is never surer than that: the recogniser can be, either way

Scored = dict[str, Any]  # {"gloss", "score"}
Window = tuple[float, float]  # seconds
Looked = tuple[Window, float, list[Scored]]  # a window, the seconds of it that are likely signing, what it may be


@dataclass(frozen=True)
class Options:
    """Times in seconds."""

    shortest: float = 0.3  # a window with less of what is likely signing is no sign but a rest
    longest: float = 3.2  # no window is longer, but for one alone in its stretch
    lag: float = 0.2  # after its end a window is settled …
    sure: float = 0.5  # … or at once, where its end is a boundary by more evidence
    starts: int = 5  # boundaries that windows may begin at, beside the end of what is settled
    weight: float = 0.4  # seconds of a certain sign that are worth as much as one more of a boundary's log odds
    against: float = 1.5  # by which log odds fall: two parts of a sign look like two signs more than like one …
    rest: float = 1.0  # … and by which they fall with each of the last stretches that was no longer than a sign …
    rests: int = 3  # … of which so many count: who rests between signs means no boundary without a rest


@dataclass
class _Node:
    """A boundary: the best way to it, and the last window of that way."""

    time: float
    value: float
    evidence: float = 1.0
    before: "_Node | None" = None
    candidates: list[Scored] = field(default_factory=list)
    rest: bool = False


@dataclass(frozen=True)
class Segment:
    """A settled window and what it may be, best first; `rest`: nobody signs in it."""

    start: float
    end: float
    candidates: list[Scored]
    rest: bool = False


class Decoder:
    """Decodes one stretch. Ask `windows`, have them scored, give them to `take`, and read what is `settled`.

    Args:
        start: of the stretch, in seconds.
        rested: how many stretches in a row before it were no longer than a sign.
        options: times and weights.
    """

    def __init__(self, start: float, rested: int = 0, options: Options | None = None):
        self.options = options or Options()
        self._begun = start
        self._rested = rested
        self._prior = -self.options.against - self.options.rest * min(rested, self.options.rests)
        self._origin = _Node(start, 0.0)
        self._nodes: list[_Node] = []

    @property
    def start(self) -> float:
        """Where the part begins that is not settled."""
        return self._origin.time

    def is_twitch(self, too_short: bool) -> bool:
        """Whether a stretch that ends held no sign, as all its movement was too short for one."""
        return too_short and self.start == self._begun

    def rested_by(self, end: float, too_short: bool) -> int:
        """How many stretches in a row were no longer than a sign when this one ends; twitches do not count."""
        if too_short:
            return self._rested
        return self._rested + 1 if end - self._begun <= self.options.longest else 0

    def is_rest(self, signed: float) -> bool:
        """Whether a window with so many seconds of what is likely signing needs no score: it is no sign."""
        return signed < self.options.shortest

    def windows(self, end: float, last: bool = False) -> list[Window]:
        """The windows that end at a boundary and are worth a look; longest first.

        Args:
            end: the boundary, later than those before.
            last: whether the stretch ends there.
        """
        o = self.options
        near = [node for node in self._nodes if end - node.time <= o.longest]
        within = [n.time for n in sorted(near, key=lambda node: -node.evidence)[: o.starts]]
        alone = last or end - self.start <= o.longest
        return [(time, end) for time in sorted([*within, *([self.start] if alone else [])])]

    def take(self, looked: Sequence[Looked], evidence: float = 0.5) -> None:
        """Take what windows that end at one boundary hold, and how likely it is one, 0 to 1."""
        nodes = {node.time: node for node in (self._origin, *self._nodes)}
        worth = self.options.weight * (_log_odds(evidence) + self._prior)
        best: _Node | None = None
        for (start, end), signed, candidates in looked:
            before, score = nodes.get(start), candidates[0]["score"] if candidates else 0.0
            if before is None:
                continue
            value = before.value + score * signed + worth
            if best is None or value > best.value:
                best = _Node(end, value, evidence, before, candidates, self.is_rest(signed))
        if best is not None:
            self._nodes.append(best)

    @property
    def candidates(self) -> list[Scored]:
        """What the sign under way may be: the last window from where the settled part ends."""
        return next((n.candidates for n in reversed(self._nodes) if n.before is self._origin), [])

    def settled(self, now: float, last: bool = False) -> list[Segment]:
        """Windows that no later frame changes, in order; they are not given again.

        Args:
            now: the latest boundary taken.
            last: whether the stretch ends there: all that is left is settled.
        """
        found: list[Segment] = []
        while (node := self._first(now, last)) is not None and (last or node.time <= now - self._lag(node)):
            found.append(Segment(self.start, node.time, node.candidates, node.rest))
            kept = [n for n in self._nodes if n.time > node.time and _passes(n, node)]
            node.before, self._origin, self._nodes = None, node, kept
        return found

    def _lag(self, node: _Node) -> float:
        return 0.0 if node.evidence > self.options.sure else self.options.lag

    def _first(self, now: float, last: bool) -> _Node | None:
        """The first window's end on the best way from the settled part; None: the sign may go on."""
        if not self._nodes:
            return None
        if last or now - self.start > self.options.longest:  # no sign is as long as this, so there must be several
            best = self._nodes[-1]
        elif (best := max(self._nodes, key=lambda n: n.value)).value <= self._origin.value:
            return None
        while best.before is not self._origin:
            if best.before is None:
                return None
            best = best.before
        return best


def _log_odds(evidence: float) -> float:
    share = min(max(evidence, DOUBT), 1 - DOUBT)
    return math.log(share / (1 - share))


def _passes(node: _Node, through: _Node) -> bool:
    """Whether the best way to a node leads through another."""
    while node.before is not None and node is not through:
        node = node.before
    return node is through
