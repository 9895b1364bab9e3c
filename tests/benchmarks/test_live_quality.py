"""How well live sessions read streams like life: python -m pytest tests/benchmarks/test_live_quality.py -s

Plays val clips (`ISLR_BENCHMARK_LANDMARKS`, a file of imported landmarks) to a model (`ISLR_BENCHMARK_MODEL`, its
folder; by default the base), with rests and without, one sign in four outside the vocabulary; what people do who do not
sign; and real sentences (`ISLR_BENCHMARK_SENTENCES`, a folder with continuous.npz and .json). `ISLR_BENCHMARK_STREAMS`:
how many streams of six signs.
"""

import os
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks.heldout import bodies
from tests.benchmarks.life import KINDS, mixed, sentences, stream_of
from tests.benchmarks.live_quality import OUTSIDE, Player, Quality, edits, judge
from tests.benchmarks.test_serving import say
from tests.bentos.live import nonsigning

STREAMS = int(os.environ.get("ISLR_BENCHMARK_STREAMS", "12"))
RATES, RESTS = (10, 15, 25, 60), (1.2, 0.6, 0.3, 0.0)
MINUTES = 1  # of each kind of non-signing, by each body


@pytest.fixture(scope="module")
def player(served_model) -> Player:
    return Player(served_model)


@pytest.fixture(scope="module")
def rows(player, heldout) -> list:
    inside, outside = player.vocabulary, player.labels[len(player.vocabulary) : OUTSIDE]
    return mixed(heldout, inside, outside, STREAMS)


@pytest.fixture(scope="module")
def quality(player, rows):
    """What was measured of streams, each sort once."""
    known: dict[tuple[float, float, str], Quality] = {}

    def measure(fps: float, rest: float, kind: str = "out") -> Quality:
        key = fps, rest, kind
        if key not in known:
            known[key] = judge(player, [stream_of(row, fps, rest, kind, seed) for seed, row in enumerate(rows)])
            said = "  ".join(f"{name} {value:.3g}" for name, value in asdict(known[key]).items())
            say(f"\n{fps:2} fps, rests of {rest} s, {kind:4}  {said}")
        return known[key]

    return measure


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("rest", RESTS)
def test_signs_with_and_without_rests(quality, fps, rest):
    found = quality(fps, rest)
    assert found.revisions == 0
    if rest >= 0.6:
        assert found.boundary_f1 > 0.85
        assert found.delay_p95 <= 0.4 + 2 / fps
    assert found.word_error_rate <= 1.3 * quality(fps, 1.2).word_error_rate


@pytest.mark.parametrize("kind", KINDS[1:])
def test_hands_that_stay_in_view_in_rests(quality, kind):
    assert quality(25, 1.2, kind).word_error_rate <= 1.3 * quality(25, 1.2).word_error_rate


@pytest.mark.parametrize("kind", nonsigning.KINDS)
def test_false_words_a_minute(player, heldout, kind):
    words = []
    for seed, body in enumerate(bodies(heldout, min(8, STREAMS))):
        fps = RATES[seed % len(RATES)]
        landmarks = np.asarray(body.landmarks, np.float32)
        frames = list(nonsigning.stream(kind, landmarks, body.aspect, fps, 60 * MINUTES, seed))
        words.append(len(player.play(frames, body.aspect).words) / MINUTES)
    held_out = ", never fitted on" if kind in nonsigning.HELD_OUT else ""
    say(f"\n{kind}{held_out}: {np.mean(words):.2f} false words a minute over {len(words)} people")
    assert np.mean(words) <= 0.5


def test_real_sentences(player):
    folder = Path(os.environ.get("ISLR_BENCHMARK_SENTENCES", ""))
    if not (folder / "continuous.npz").is_file():
        pytest.skip("ISLR_BENCHMARK_SENTENCES names no folder with continuous.npz")
    near = wrong = signs = 0
    for stream in sentences(folder):
        played = player.play(stream.frames, stream.aspect)
        truth = [sign.gloss for sign in stream.truth]
        near += abs(len(played.shown) - len(truth)) <= 1
        wrong, signs = wrong + edits(truth, played.words), signs + len(truth)
        say(f"\n{' '.join(truth)}: {len(played.shown)} signs found, words {' '.join(played.words) or '-'}")
    say(f"real sentences: {near} of 5 have the right number of signs within one; word error rate {wrong / signs:.2f}")
    assert near >= 4
