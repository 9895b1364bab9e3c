"""The signs of a recording, found as a live session finds them, but with all of each stretch known at once."""

from collections.abc import Callable

from bentos.live.boundaries import Boundaries, Boundary
from bentos.live.decoding import Decoder, Scored, Segment
from bentos.live.frames import TimedClip
from bentos.live.motion import Motion
from bentos.live.segmenter import Ended, Segmenter, Started

Ask = Callable[[TimedClip], list[Scored]]


def signs_in(recording: TimedClip, ask: Ask) -> list[Segment]:
    """Cut a recording into signs.

    Args:
        recording: at least one frame; times rise.
        ask: gives the candidates of a window of it, best first; may be called many times.

    Returns:
        In order, each with its candidates; what is no sign of those asked for has a low first score.
    """
    motion, segmenter, boundaries = Motion(recording.aspect), Segmenter(), Boundaries()
    decoder: Decoder | None = None
    rested = 0
    found: list[Segment] = []

    def take(end: float, last: bool, evidence: float = 0.5) -> None:
        if decoder is not None:
            parts = [(window, recording.between(*window)) for window in decoder.windows(end, last)]
            decoder.take([(window, ask(part)) for window, part in parts if part.frames], evidence)

    for now, landmarks in recording.frames:
        seen = motion.measure(now, landmarks)
        events: list[Started | Ended] = segmenter.see(now, seen.hands, seen.speed, seen.lowered)
        for event in events:
            if isinstance(event, Started):
                decoder = Decoder(event.start, rested)
            elif decoder is not None:
                rested = decoder.rested_by(event.end, event.too_short)
                found += _ended(event, decoder, take)
        for boundary in map(boundaries.see, *zip(*tagger.see(now, seen))):
            if segmenter.start is not None and boundary is not None and decoder and boundary.time > decoder.start:
                take(boundary.time, False, boundary.evidence)
                settled = decoder.settled(boundary.time)
                found += settled
                if settled:
                    segmenter.settle(settled[-1].end)
    for event in segmenter.flush():
        if isinstance(event, Ended) and decoder is not None:
            found += _ended(event, decoder, take)
    return found


def _ended(event: Ended, decoder: Decoder, take: Callable[[float, bool], None]) -> list[Segment]:
    """What is left of a stretch that is over."""
    if decoder.is_no_sign(event.end, event.too_short):
        return []
    take(event.end, True)
    return decoder.settled(event.end, last=True)
