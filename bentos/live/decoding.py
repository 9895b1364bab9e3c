"""Which signs a stretch of movement holds: the best sequence of windows, found while it goes on.

A segmental decoder (as in Ostendorf et al., "From HMM's to segment models", 1996): windows between proposed boundaries
are scored by the recogniser, and dynamic programming chooses those that cover the stretch best. With a fixed lag a
window is settled: no later frame changes it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Scored = dict[str, Any]  # {"gloss", "score"}
Window = tuple[float, float]  # seconds


@dataclass(frozen=True)
class Options:
    """Times in seconds."""

    shortest: float = 0.5  # no sign takes less …
    longest: float = 3.2  # … or more, but for one alone in its stretch
    lag: float = 0.4  # after its end a window is settled
    starts: int = 5  # boundaries that windows may begin at, beside the end of what is settled
    cost: float = 1.0  # of a boundary without evidence, in seconds of a certain sign: keeps signs from being cut
    open: float = 0.0  # score that a sign that is not over yet may still come to


@dataclass
class _Node:
    """A boundary: the best way to it, and the strongest window that ends there."""

    time: float
    value: float
    before: "_Node | None" = None
    candidates: list[Scored] = field(default_factory=list)
    strength: float = 0.0


@dataclass(frozen=True)
class Segment:
    """A settled window and what it may be, best first."""

    start: float
    end: float
    candidates: list[Scored]


class Decoder:
    """Decodes one stretch. Ask `windows`, have them scored, give them to `take`, and read what is `settled`.

    Args:
        start: of the stretch, in seconds.
        options: times and costs.
    """

    def __init__(self, start: float, options: Options | None = None):
        self.options = options or Options()
        self._begun = start
        self._origin = _Node(start, 0.0)
        self._nodes: list[_Node] = []

    @property
    def start(self) -> float:
        """Where the part begins that is not settled."""
        return self._origin.time

    def is_no_sign(self, end: float, too_short: bool) -> bool:
        """Whether what is left when a stretch ends is a twitch, or only the way from the last sign to the rest.

        Args:
            end: of the stretch.
            too_short: whether all movement of the stretch was too short for a sign.
        """
        return too_short if self.start == self._begun else end - self.start < self.options.shortest

    def windows(self, end: float, last: bool = False) -> list[Window]:
        """The windows that end at a boundary and are worth a score; longest first.

        Args:
            end: the boundary, later than those before.
            last: whether the stretch ends there.
        """
        o = self.options
        strong = sorted(self._nodes, key=lambda node: -node.strength)[: o.starts]
        within = [n.time for n in strong if o.shortest <= end - n.time <= o.longest]
        alone = last or o.shortest <= end - self.start <= o.longest
        return [(time, end) for time in sorted([*within, *([self.start] if alone else [])])]

    def take(self, scored: Sequence[tuple[Window, list[Scored]]], evidence: float = 1.0) -> None:
        """Take the scores of windows that end at one boundary, and how likely it is one, 0 to 1."""
        nodes = {node.time: node for node in (self._origin, *self._nodes)}
        best: _Node | None = None
        for (start, end), candidates in scored:
            before, score = nodes.get(start), candidates[0]["score"] if candidates else 0.0
            if before is None:
                continue
            value = before.value + score * (end - start) - self.options.cost * (1 - evidence)
            if best is None or value > best.value:
                best = _Node(end, value, before, candidates, score)
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
        while (node := self._first(now, last)) is not None and (last or node.time <= now - self.options.lag):
            found.append(Segment(self.start, node.time, node.candidates))
            kept = [n for n in self._nodes if n.time > node.time and _passes(n, node)]
            node.before, self._origin, self._nodes = None, node, kept
        return found

    def _first(self, now: float, last: bool) -> _Node | None:
        """The first window's end on the best way from the settled part; None: the sign may go on."""
        if not self._nodes:
            return None
        if last:
            best = self._nodes[-1]
        else:
            best = max(self._nodes, key=lambda n: n.value + self._rest(n, now))
            if self._origin.value + self._rest(self._origin, now) >= best.value + self._rest(best, now):
                return None
        while best.before is not self._origin:
            if best.before is None:
                return None
            best = best.before
        return best

    def _rest(self, node: _Node, now: float) -> float:
        """What a sign from here that is not over yet may still bring."""
        return self.options.open * (now - node.time)


def _passes(node: _Node, through: _Node) -> bool:
    """Whether the best way to a node leads through another."""
    while node.before is not None and node is not through:
        node = node.before
    return node is through
