"""A camera that plays a signer: landmarks arrive and become a gloss; the camera goes out when it should."""

import re

import pytest
from playwright.sync_api import expect

from tests.bentos.web import drawn
from tests.bentos.web.conftest import visiting

STREAMS = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
window.streams = [];
navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = await ask(wanted);
  window.streams.push(stream);
  return stream;
};
"""
# Without a graphics card landmarks take a second, and signs seen so slowly are none: the frames are kept, then handed
# on at a camera's pace.
KEEP = """
() => {
  window.frames = [];
  window.send = app.live.frame.bind(app.live);
  app.live.frame = (_, points) => window.frames.push(points);
}
"""
HAND_ON = """
async () => {
  for (const points of window.frames.slice(0, 10)) {
    window.send(performance.now(), points);
    await new Promise((resolve) => setTimeout(resolve, 110));
  }
}
"""
# a camera that a test leads: it is asked for, gives its pictures, or not, and goes away
LED = """
const canvas = window.canvas = document.createElement("canvas");
const paint = window.paint = () => canvas.getContext("2d").fillRect(0, 0, 300 * Math.random(), 150);
window.asked = [];
window.streams = [];
window.painting = 0;
window.give = (index = 0, paints = true) => {
  if (paints) window.painting = setInterval(paint, 50);
  window.streams.push(canvas.captureStream(paints ? undefined : 0));
  window.asked[index](window.streams.at(-1));
};
navigator.mediaDevices.getUserMedia = () => new Promise((resolve) => window.asked.push(resolve));
navigator.permissions.query = async () => ({ state: "%s" });
"""
GONE = """
() => {
  const [track] = window.streams.at(-1).getVideoTracks();
  track.stop();
  track.dispatchEvent(new Event("ended"));
}
"""
NEXT = """
() => new Promise((resolve) => {
  document.querySelector("video").requestVideoFrameCallback(resolve);
  paint();
})
"""
ENDED = "streams.length > 0 && streams.every((s) => s.getTracks().every((t) => t.readyState === 'ended'))"


@pytest.fixture(scope="module")
def camera_browser(launch, tmp_path_factory):
    path = drawn.write_camera(tmp_path_factory.mktemp("camera") / "signer.y4m", drawn.pictures(), 2)
    return launch(
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={path}",
    )


@pytest.fixture
def visit_with_camera(camera_browser):
    with visiting(camera_browser) as opener:
        yield opener


def test_a_signer_at_the_camera_becomes_a_gloss(visit_with_camera, full_front):
    view = visit_with_camera(full_front, STREAMS).ready()
    view.run(KEEP)
    view.run("() => app.settings.change({ threshold: 0 })")
    view["#start"].click()
    view.wait("frames.length >= 10", 240)
    assert view.run("() => getComputedStyle(document.querySelector('video')).transform") == "matrix(-1, 0, 0, 1, 0, 0)"
    expect(view["#pace"]).to_contain_text("seen")
    view.run(HAND_ON)
    view["#stop"].click()
    view.wait("events.some((event) => event.type === 'committed')")
    expect(view["#english"]).to_have_attribute("data-kind", "sentence")
    view.wait(ENDED)
    frames = view.run("() => frames.map((points) => points.filter((v) => !Number.isNaN(v)).length)")
    assert min(frames) > 3 * 132  # at least the face in every frame; both hands in most
    assert sorted(frames)[len(frames) // 2] == 3 * 180
    assert view.run("() => [localStorage.length, sessionStorage.length]") == [0, 0]


def test_the_camera_goes_out_when_the_page_is_hidden(visit_with_camera, front):
    view = visit_with_camera(front, STREAMS).ready()
    view.page.route("**/assets/**", lambda route: None)  # the models never come: the camera is on meanwhile
    view["#start"].click()
    expect(view["#picture"]).to_have_attribute("data-source", "camera")
    view.run("""() => {
      Object.defineProperty(document, "visibilityState", { value: "hidden" });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    view.wait(ENDED)
    view.notice("hidden")
    assert view.run("() => document.querySelector('video').srcObject") is None


def pass_by(view, seconds: int) -> None:
    """Let time pass in the page, which must have a clock of its own."""
    for _ in range(seconds):
        view.page.clock.run_for(1000)
        view.page.wait_for_timeout(20)


@pytest.fixture
def led(visit, front):
    """Opens the page with a camera that the test leads, and models that never come; starts it."""

    def start(state: str = "prompt", script: str = "", clock: bool = False):
        view = visit(front, LED % state + script).ready()
        view.page.route("**/assets/**", lambda route: None)
        if clock:
            view.page.clock.install()
        view["#start"].click()
        view.wait("asked.length")
        return view

    return start


def test_a_camera_that_goes_while_the_models_load(led):
    view = led()
    view.run("() => give()")
    expect(view["#picture"]).to_have_attribute("data-source", "camera")
    view.run(GONE)
    view.notice("camera-gone")
    expect(view["#notice"]).to_contain_text("The camera was taken away. Plug it in again")
    expect(view["#welcome"]).to_be_visible()
    expect(view["#progress"]).to_be_hidden()


def test_a_camera_that_is_gone_when_it_is_given(led):
    view = led()
    view.run("""() => {
      const stream = canvas.captureStream();
      stream.getTracks()[0].stop();
      asked[0](stream);
    }""")
    view.notice("camera-gone")


def test_a_browser_that_does_not_let_the_picture_play(led):
    view = led(
        script="HTMLMediaElement.prototype.play = async () => { throw new DOMException('no', 'NotAllowedError'); };"
    )
    view.run("() => give()")
    view.notice("no-play")
    expect(view["#notice"]).to_contain_text("does not let the picture play. Press start again")
    expect(view["#notice-action"]).to_have_text("Try again")
    view.wait(ENDED)


def test_a_camera_without_pictures(led):
    view = led(clock=True)
    view.run("() => give(0, false)")
    pass_by(view, 12)
    view.notice("no-picture")
    expect(view["#notice"]).to_contain_text("The camera gives no picture. A switch or a cover")
    expect(view["#welcome"]).to_be_visible()
    view.wait(ENDED)


def test_a_camera_that_gives_no_more_pictures(led):
    view = led(clock=True)
    view.run("() => give()")
    expect(view["#picture"]).to_have_attribute("data-source", "camera")
    for _ in range(15):  # as long as they come, nothing is said
        pass_by(view, 1)
        view.run(NEXT)
    expect(view["#picture"]).to_have_attribute("data-source", "camera")
    view.run("() => clearInterval(painting)")
    view.page.wait_for_timeout(500)  # the last pictures come late on a busy machine
    pass_by(view, 30)
    view.notice("no-picture")


def test_a_question_that_nobody_answers(led):
    view = led(clock=True)
    expect(view["#notice"]).to_be_hidden()
    pass_by(view, 5)
    view.notice("question")
    expect(view["#notice"]).to_contain_text("The browser asks whether this page may use the camera. Answer it")
    view.run("() => give()")
    expect(view["#picture"]).to_have_attribute("data-source", "camera")
    expect(view["#notice"]).to_be_hidden()


def test_an_allowed_camera_that_never_starts(led):
    view = led("granted", clock=True)
    pass_by(view, 16)
    view.notice("no-picture")
    view.run("() => give()")  # too late
    view.wait(ENDED)
    expect(view["#welcome"]).to_be_visible()


def test_a_second_start_wins_over_an_unanswered_first(led):
    view = led()
    view["#start"].click()
    view.wait("asked.length === 2")
    view.run("() => { give(1); give(0); }")
    expect(view["#picture"]).to_have_attribute("data-source", "camera")
    assert view.run("() => document.querySelector('video').srcObject === streams[0]")
    view.wait("streams[1].getTracks()[0].readyState === 'ended'")
    assert view.run("() => streams[0].getTracks()[0].readyState") == "live"


@pytest.mark.parametrize(
    ("name", "message", "state", "says"),
    [
        ("NotAllowedError", "Permission denied", "refused", "address bar"),
        ("NotAllowedError", "Permission denied by system", "refused-by-system", "system's privacy settings"),
        ("UnheardOfError", "The lens is dirty", "camera-failed", "cannot be started. .*The lens is dirty."),
        ("UnheardOfError", "", "camera-failed", "cannot be started. .*UnheardOfError."),
    ],
)
def test_a_camera_that_is_refused(visit, front, name, message, state, says):
    deny = f"navigator.mediaDevices.getUserMedia = async () => {{ throw new DOMException('{message}', '{name}'); }};"
    view = visit(front, deny).ready()
    view["#start"].click()
    view.notice(state)
    expect(view["#notice"]).to_contain_text(re.compile(says))
    expect(view["#notice-action"]).to_have_text("Try again")


@pytest.mark.parametrize(
    ("mediapipe", "state", "says"),
    [
        (True, "no-holistic", r"Finding landmarks failed\. .* Abort\(OOM\)\."),
        (False, "failed", r"Something went wrong\. Too much\."),
    ],
)
def test_landmarks_that_fail_and_errors_that_nobody_foresaw(led, mediapipe, state, says):
    view = led()
    view.run(
        """async (mediapipe) => {
          const { Holistic } = await import("/web/holistic.js");
          const graph = { setOptions() {}, onResults() {}, reset() {}, send: async () => { throw "abort(OOM)"; } };
          const find = async () => { throw new RangeError("too much"); };
          Holistic.load = async () => (mediapipe ? new Holistic(graph, false) : { reset() {}, find });
          give();
        }""",
        mediapipe,
    )
    view.notice(state)
    expect(view["#notice"]).to_contain_text(re.compile(says))
    view.wait(ENDED)
