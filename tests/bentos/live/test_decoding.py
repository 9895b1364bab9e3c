"""The decoder: which windows it asks for, which it chooses, and that what is settled stays so."""

import numpy as np
import pytest

from bentos.live.decoding import Decoder, Options, Segment

TRUTH = [(0.0, 1.4, "book"), (1.4, 2.6, "drink"), (2.6, 4.2, "go")]
BOUNDARIES = (0.4, 0.9, 1.4, 1.8, 2.2, 2.6, 3.1, 3.7, 4.2)


def scored(window: tuple[float, float]) -> list[dict]:
    """What a good recogniser says of a window: the better it fits a sign, the surer it is."""
    fits = [
        (max(0.0, min(window[1], end) - max(window[0], start)) / (max(window[1], end) - min(window[0], start)), gloss)
        for start, end, gloss in TRUTH
    ]
    return [{"gloss": gloss, "score": fit**2} for fit, gloss in sorted(fits, reverse=True)]


def looked(windows: list[tuple[float, float]], say=scored) -> list[tuple]:
    """Windows in which somebody signs all the time."""
    return [(window, window[1] - window[0], say(window)) for window in windows]


def decoded(decoder: Decoder, boundaries=BOUNDARIES) -> list[tuple[Segment, float]]:
    """What is settled, and when."""
    found = []
    for now in boundaries:
        last = now == boundaries[-1]
        decoder.take(looked(decoder.windows(now, last)))
        found += [(segment, now) for segment in decoder.settled(now, last)]
    return found


def test_signs_without_rests_between_are_found():
    found = decoded(Decoder(0.0))
    assert [(s.start, s.end, s.candidates[0]["gloss"]) for s, _ in found] == TRUTH


def test_a_sign_is_settled_after_the_lag_and_not_only_at_the_end():
    times = [now - segment.end for segment, now in decoded(Decoder(0.0))[:-1]]
    assert all(Options().lag <= late <= Options().lag + 0.5 for late in times)


def test_one_sign_is_not_cut_in_two():
    decoder = Decoder(0.0)
    for now in (0.5, 1.0, 1.5, 2.0):
        decoder.take(
            looked(decoder.windows(now), lambda w: [{"gloss": "book", "score": 0.5 + 0.05 * (w == (0.0, 2.0))}])
        )
    assert [(s.start, s.end) for s in decoder.settled(2.0, last=True)] == [(0.0, 2.0)]


def test_windows_are_few_and_of_a_signs_length():
    decoder, options = Decoder(0.0), Options()
    for now in np.arange(0.3, 12, 0.3).tolist():
        windows = decoder.windows(now)
        assert len(windows) <= options.starts + 1
        assert all(end - start <= options.longest for start, end in windows)
        decoder.take(looked(windows, lambda w: [{"gloss": "book", "score": 0.1}]))


@pytest.mark.parametrize("length", [0.3, 4.9])
def test_a_whole_stretch_is_always_looked_at(length):
    decoder = Decoder(1.0)
    assert decoder.windows(1.0 + length, last=True) == [(1.0, 1.0 + length)]
    decoder.take(looked([(1.0, 1.0 + length)]))
    assert [(s.start, s.end) for s in decoder.settled(1.0 + length, last=True)] == [(1.0, 1.0 + length)]


@pytest.mark.parametrize("seed", range(20))
def test_what_is_settled_covers_the_stretch_in_order_whatever_the_scores(seed):
    rng = np.random.default_rng(seed)
    decoder, now, found = Decoder(0.0), 0.0, []
    for i in range(30):
        now += float(rng.uniform(0.3, 0.8))
        last = i == 29
        asked = [w for w in decoder.windows(now, last) if last or rng.random() < 0.9]  # some were left out: too busy
        decoder.take(looked(asked, lambda w: [{"gloss": "book", "score": float(rng.random())}]))
        found += decoder.settled(now, last)
    assert [s.start for s in found] == [0.0, *(s.end for s in found[:-1])]
    assert found[-1].end == now


def test_signs_that_nobody_is_sure_of_are_not_taken_for_one_that_is_longer_than_any():
    decoder, found = Decoder(0.0), []
    for now in np.arange(0.4, 5.0, 0.4).round(1).tolist():
        doubtful = looked(decoder.windows(now), lambda w: [{"gloss": "book", "score": 0.1}])
        decoder.take(doubtful, 0.6 if now == 2.4 else 0.05)
        found += [(segment.start, segment.end, now) for segment in decoder.settled(now)]
    assert found == [(0.0, 2.4, 3.6)]


def test_scores_of_windows_from_before_what_is_settled_are_passed_over():
    decoder = Decoder(0.0)
    decoder.take(looked([(-1.0, 1.0)], certain))
    assert decoder.settled(9.0) == []


def test_a_twitch_is_no_sign():
    assert Decoder(0.0).is_twitch(too_short=True)
    assert not Decoder(0.0).is_twitch(too_short=False)


def test_where_nobody_signs_is_a_rest_and_not_a_part_of_a_sign():
    decoder, found = Decoder(0.0), []
    for now in (1.2, 2.4, 3.6):
        windows = decoder.windows(now, now == 3.6)
        signed = [
            sum(min(end, b) - max(start, a) for a, b in ((0, 1.2), (2.4, 3.6)) if a < end and b > start)
            for start, end in windows
        ]
        decoder.take(
            [(w, s, [] if decoder.is_rest(s) else certain(w)) for w, s in zip(windows, signed, strict=True)], 0.9
        )
        found += decoder.settled(now, now == 3.6)
    assert [(s.start, s.end, s.rest) for s in found] == [(0.0, 1.2, False), (1.2, 2.4, True), (2.4, 3.6, False)]


def certain(window: tuple[float, float]) -> list[dict]:
    """A recogniser that is as sure of each half of a sign as of the whole."""
    return [{"gloss": "book", "score": 0.6}]


def test_what_is_likelier_a_boundary_than_not_is_settled_at_once():
    for evidence, settled in ((0.6, [(0.0, 1.2)]), (0.5, [])):
        decoder = Decoder(0.0)
        decoder.take(looked(decoder.windows(1.2), certain), evidence)
        assert [(s.start, s.end) for s in decoder.settled(1.2)] == settled


def test_evidence_decides_where_the_recogniser_does_not():
    for evidence, ends in ((0.9, [1.0, 2.0]), (0.4, [2.0])):
        decoder = Decoder(0.0)
        decoder.take(looked(decoder.windows(1.0), certain), evidence)
        decoder.take(looked(decoder.windows(2.0, last=True), certain))
        assert [s.end for s in decoder.settled(2.0, last=True)] == ends


def test_whoever_rests_between_signs_is_cut_less():
    rested, ends = 0, []
    for _ in range(3):  # one sign after the other, each with a doubtful boundary inside
        decoder = Decoder(0.0, rested)
        decoder.take(looked(decoder.windows(1.0), certain), 0.9)
        decoder.take(looked(decoder.windows(2.0, last=True), certain))
        ends.append([s.end for s in decoder.settled(2.0, last=True)])
        rested = decoder.rested_by(2.0, too_short=False)
    assert ends == [[1.0, 2.0], [2.0], [2.0]]
    assert Decoder(0.0, rested).rested_by(0.1, too_short=True) == rested
    assert Decoder(0.0, rested).rested_by(Options().longest + 0.1, too_short=False) == 0
