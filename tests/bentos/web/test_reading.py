"""Every frame of a video file is looked at, at its own time, however the browser comes by it."""

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.bentos.web import filmed
from tests.bentos.web.filmed import EVEN

FIRST_LONG = [0.0, *(0.56 + i / 24 for i in range(23))]
CHANGING = [0.0, 0.04, 0.08, 0.3, 0.34, 0.38, 0.6, 1.2, 1.24, 1.28, 1.9]
LATE = [3 + time for time in EVEN]
NO_DECODER = "delete globalThis.VideoDecoder;"


@pytest.mark.parametrize("script", ["", NO_DECODER], ids=["decoder", "element"])
def test_every_frame_is_looked_at_once_at_its_own_time(visit, full_front, script):
    view = visit(full_front, script).ready()
    filmed.watch(view)
    for kind, times in [
        ("mp4", FIRST_LONG),
        ("fragmented", EVEN),
        ("live", EVEN),
        ("live", CHANGING),
        ("webm", LATE),
        ("webm", [0.0]),
    ]:
        found = filmed.look(view, filmed.film(view, kind, times), kind)
        assert found["numbers"] == list(range(len(times))), kind
        assert found["times"] == pytest.approx([time - times[0] for time in times], abs=0.001), kind
        looking = [said for said in found["said"] if said.startswith("Looking")]
        assert looking == [f"Looking at frame {i + 1} of {len(times)}" for i in range(len(times))], kind
        # at a steady rate the frames are sent as they are, else as they are 25 times a second
        if times in (EVEN, LATE):
            assert found["fps"] == pytest.approx(24, rel=0.01), kind
            np.testing.assert_array_equal(found["sent"], range(24), kind)
        else:
            assert found["fps"] == 25, kind
            at = np.arange(int((times[-1] - times[0]) * 25 + 1e-3) + 1) / 25
            np.testing.assert_allclose(found["sent"], np.interp(at, times, range(len(times))), atol=0.3, err_msg=kind)
    fast = filmed.look(view, filmed.film(view, "mp4", [i / 50 for i in range(24)]), "of 50 frames a second")
    assert fast["numbers"] == list(range(0, 24, 2))
    assert fast["fps"] == pytest.approx(25, rel=0.01)


def test_a_long_file_is_looked_at_for_a_minute_and_says_so(visit, full_front):
    view = visit(full_front).ready()
    content = filmed.film(view, "live", [float(second) for second in range(70)])
    filmed.watch(view)
    filmed.give(view, content, "long.webm")
    view.wait("app.signing.running", 120)  # it is played to the live session
    assert view.run("() => numbers.length") == 60
    expect(view["#hint"]).to_have_text("Only the first 60 seconds are looked at.")


def test_what_is_left_of_a_file_that_was_cut_off_is_looked_at_and_the_rest_told(visit, full_front):
    view = visit(full_front).ready()
    content = filmed.film(view, "mp4", EVEN)
    filmed.watch(view)
    found = filmed.look(view, content[: len(content) * 3 // 5], "cut.mp4")
    assert found["numbers"] == list(range(len(found["numbers"])))
    assert 5 < len(found["numbers"]) < 24
    said = f"Only {len(found['numbers'])} of 24 frames can be decoded: the file is damaged, or cut off."
    expect(view["#hint"]).to_have_text(said)


# every way of the browser's to a picture takes longer than anybody expects
SLOW_SEEK = """
delete globalThis.VideoDecoder;
const { get, set } = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "currentTime");
let seeks = 0;
Object.defineProperty(HTMLMediaElement.prototype, "currentTime", {
  get,
  set(seconds) { setTimeout(() => set.call(this, seconds), ++seeks === 3 ? 6000 : 0); },
});
"""
STUCK = "VideoDecoder.prototype.decode = () => {};"


def test_a_slow_machine_is_waited_for_as_long_as_frames_come(visit, full_front):
    view = visit(full_front, SLOW_SEEK).ready()
    content = filmed.film(view, "mp4", EVEN[:6])
    filmed.watch(view)
    assert filmed.look(view, content, "clip.mp4")["numbers"] == list(range(6))


def test_a_decoder_that_hangs_is_given_up_for_another(visit, full_front):
    view = visit(full_front, STUCK).ready()
    content = filmed.film(view, "mp4", EVEN)
    filmed.watch(view)
    view.page.clock.install()
    filmed.give(view, content, "clip.mp4")
    for _ in range(200):
        if view.run("() => numbers.length"):
            break  # from here on at the clock's own pace: seeking takes what it takes
        view.page.clock.run_for(1000)
        view.page.wait_for_timeout(20)
    view.wait("app.answer.candidates")
    assert view.run("() => numbers") == list(range(24))


def test_a_slow_machine_is_told_how_long_it_will_take(visit, full_front):
    view = visit(full_front).ready()
    content = filmed.film(view, "mp4", [i / 25 for i in range(60)])
    filmed.watch(view, 400)
    filmed.give(view, content, "clip.mp4")
    expect(view["#hint"]).to_have_text(
        re.compile(r"This device is slow .*: about \d+ seconds to go\. Hardware acceleration")
    )
    view["#cancel"].click()
    expect(view["#welcome"]).to_be_visible()
    expect(view["#hint"]).to_be_hidden()


@pytest.mark.parametrize(
    ("software", "size", "sent"),
    [
        (True, (1920, 1080), [640, 360]),
        (True, (480, 360), [480, 360]),
        (False, (3840, 2160), [1280, 720]),
        (False, (720, 1280), [720, 1280]),
    ],
)
def test_large_pictures_are_shrunk_for_mediapipe(visit, front, software, size, sent):
    shrunk = """async ([software, [width, height]]) => {
      const { Holistic } = await import("/web/holistic.js");
      const sizes = [];
      const graph = { setOptions() {}, onResults() {}, send: ({ image }) => sizes.push([image.width, image.height]) };
      await new Holistic(graph, software).find(Object.assign(document.createElement("canvas"), { width, height }), 40);
      return sizes;
    }"""
    assert visit(front).run(shrunk, [software, size]) == [sent]
