"""What newcomers see first: the built-in sample, as the base model reads it."""

import base64
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from tests.benchmarks.live_quality import Player
from tests.bentos.serving import ROOT
from tests.bentos.web.conftest import Front

RATE = 25
SAMPLE = """
async (rate) => {
  const { sample, surest } = await import("/web/sample.js");
  const chosen = { vocabulary: app.choice.wanted, ownSigns: app.taught.wanted };
  const examples = await surest((gloss) => app.vocabulary.load(gloss), app.vocabulary.examples, chosen);
  const recording = sample(examples);
  const frames = Array.from({ length: Math.floor(recording.duration * rate) }, (_, i) => recording.at(i / rate));
  const bytes = frames.map((points) => btoa(String.fromCharCode(...new Uint8Array(points.buffer))));
  return [examples.map(({ gloss }) => gloss), recording.aspect, bytes];
}
"""


@pytest.fixture
def view(visit, tmp_path):
    front = Front(tmp_path, ROOT / "data" / "base", ROOT / "data" / "page").start()
    yield visit(front).ready()
    front.kill()


def test_every_sign_of_the_sample_is_read_as_what_it_is(view):
    glosses, aspect, frames = view.run(SAMPLE, RATE)
    again, _, _ = view.run(SAMPLE, RATE)
    assert glosses == again
    assert glosses == [gloss for gloss in view.run("() => app.vocabulary.examples") if gloss in glosses]
    assert len(glosses) == 6
    points = [np.frombuffer(base64.b64decode(frame), "<f4").reshape(180, 3) for frame in frames]
    still = points[-1]
    points += [still] * RATE
    stream = [(i / RATE, frame) for i, frame in enumerate(points)]
    with ThreadPoolExecutor(1) as aside:  # Playwright has this thread's event loop
        played = aside.submit(lambda: Player(ROOT / "data" / "base").play(stream, aspect)).result()
    assert played.words == glosses
    assert len(played.shown) <= len(glosses) + 1, played.shown  # an end may stand apart, without a word


def test_a_service_that_does_not_say_leaves_the_first_examples(view):
    view.page.route("**/predict*", lambda route: route.abort())
    glosses, _, _ = view.run(SAMPLE, RATE)
    assert glosses == view.run("() => app.vocabulary.examples")[:6]
    view.page.unroute("**/predict*")
