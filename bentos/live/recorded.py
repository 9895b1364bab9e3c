"""The signs of a recording, found as a live session finds them, but with all of each stretch known at once."""

from collections.abc import Callable
from dataclasses import replace

from bentos.live.boundaries import Boundaries
from bentos.live.decoding import Decoder, Scored, Segment
from bentos.live.frames import TimedClip
from bentos.live.motion import Motion
from bentos.live.segmenter import Ended, Segmenter, Started
from bentos.live.tagger import Tagger

Ask = Callable[[TimedClip], list[Scored]]


def signs_in(recording: TimedClip, ask: Ask) -> list[Segment]:
    """Cut a recording into signs.

    Args:
        recording: at least one frame; times rise.
        ask: gives the candidates of a window of it, best first; may be called many times.

    Returns:
        In order, each with its candidates; what is no sign of those asked for has a low first score.
    """
    motion, tagger, segmenter, boundaries = Motion(recording.aspect), Tagger(), Segmenter(), Boundaries()
    seen = [(now, motion.measure(now, landmarks)) for now, landmarks in recording.frames]
    judged = [tagger.see(now, what) for now, what in seen]
    recording = replace(recording, signing=[(time, 1 - between) for moments in judged for time, between in moments])
    decoder: Decoder | None = None
    rested = 0
    found: list[Segment] = []

    def take(end: float, last: bool, evidence: float = 0.5) -> list[Segment]:
        if decoder is None:
            return []
        parts = [(window, recording.between(*window)) for window in decoder.windows(end, last)]
        decoder.take([(w, p.signed, [] if decoder.is_rest(p.signed) else ask(p)) for w, p in parts], evidence)
        return decoder.settled(end, last)

    for (now, what), moments in zip(seen, judged, strict=True):
        for event in segmenter.see(now, what.hands, what.speed, what.lowered):
            if isinstance(event, Started):
                decoder = Decoder(event.start, rested)
            elif decoder is not None:
                rested = decoder.rested_by(event.end, event.too_short)
                found += [] if decoder.is_twitch(event.too_short) else take(event.end, True)
        for boundary in (boundaries.see(*moment) for moment in moments):
            if segmenter.start is not None and boundary is not None and decoder and boundary.time > decoder.start:
                settled = take(boundary.time, False, boundary.evidence)
                found += settled
                if settled:
                    segmenter.settle(settled[-1].end)
    for event in segmenter.flush():
        if isinstance(event, Ended) and decoder is not None and not decoder.is_twitch(event.too_short):
            found += take(event.end, True)
    return [segment for segment in found if not segment.rest]
