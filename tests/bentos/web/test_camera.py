"""A camera that plays a signer: landmarks arrive and become a gloss; the camera goes out when it should."""

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
