"""The states that people meet, each brought about, each with its sentence."""

import shutil

import pytest
from playwright.sync_api import expect

from bentos.contract import integrity
from tests.bentos.web.conftest import Front, visiting
from tests.bentos.web.view import WATCH

DENY = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', '%s'); };"
NO_GRAPHICS = """
const get = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === "webgl2" ? null : get.call(this, kind, ...rest);
};
"""
GIVE = """
const canvas = document.createElement("canvas");
const paint = () => canvas.getContext("2d").fillRect(0, 0, 300 * Math.random(), 150);
navigator.mediaDevices.getUserMedia = async () => { setInterval(paint, 50); return canvas.captureStream(); };
"""
ADVICE = """
async ([kind, seconds]) => {
  const { Advice } = await import("/web/advice.js");
  const advice = new Advice();
  const points = new Float32Array(540).fill(NaN);
  const half = { far: 0.02, sides: -0.15 }[kind] ?? 0.15;
  if (kind !== "nobody") points.set([0.5 + half, 0.6, 0, 0.5 - half, 0.6, 0], 42 * 3);
  if (kind !== "hands") points.fill(0.5, 0, 42 * 3);
  const picture = Object.assign(document.createElement("canvas"), { width: 64, height: 48 });
  const context = picture.getContext("2d");
  context.fillStyle = kind === "dark" ? "#101010" : "#b0b0b0";
  context.fillRect(0, 0, 64, 48);
  let said = "";
  const frame = { aspect: 4 / 3, fps: kind === "slow" ? 3 : 25, picture };
  for (let now = 0; now <= seconds * 1000; now += 100) said = advice.see(points, now, frame);
  return said;
}
"""


def test_a_camera_that_is_not_allowed(launch, front):
    browser = launch("--use-fake-device-for-media-stream", "--deny-permission-prompts")
    with visiting(browser) as opener:
        view = opener(front).ready()
        view["#start"].click()
        view.notice("refused")
        expect(view["#notice"]).to_contain_text("Allow it in the browser's address bar")
        expect(view["#notice-action"]).to_have_text("Try again")
        expect(view["#welcome"]).to_be_visible()


def test_no_camera(visit, front):
    view = visit(front).ready()
    view["#start"].click()
    view.notice("no-camera")


def test_a_camera_in_use(visit, front):
    view = visit(front, DENY % "NotReadableError").ready()
    view["#start"].click()
    view.notice("camera-busy")


def test_no_camera_for_addresses_without_https(visit, front):
    view = visit(front, "Object.defineProperty(navigator, 'mediaDevices', { value: undefined });").ready()
    view["#start"].click()
    view.notice("insecure")
    expect(view["#notice"]).to_contain_text("https")


def test_no_graphics_and_no_models(visit, front):
    view = visit(front, GIVE + NO_GRAPHICS).ready()
    view["#start"].click()
    view.notice("no-webgl")
    other = visit(front, GIVE).ready()
    other.page.route("**/assets/**", lambda route: route.fulfill(status=404))
    other["#start"].click()
    other.notice("no-models")
    expect(other["#notice"]).to_contain_text("dvc repro page")


@pytest.mark.parametrize(
    ("kind", "seconds", "says"),
    [
        ("dark", 3, "too dark"),
        ("far", 4, "far away"),
        ("nobody", 4, "Nobody is seen"),
        ("sides", 4, "the wrong way round"),
        ("hands", 8, "No hands"),
        ("slow", 8, "slow"),
        ("well", 20, ""),
        ("hands", 3, ""),  # between two signs hands may rest
    ],
)
def test_advice_for_the_signer(visit, front, kind, seconds, says):
    said = visit(front).run(ADVICE, [kind, seconds])
    assert says in said
    assert bool(says) == bool(said)


def test_a_server_without_model_killed_and_started_again(visit, model, tmp_path):
    folder = tmp_path / "model"
    folder.mkdir()
    front = Front(tmp_path, folder, tmp_path).start()
    view = visit(front)
    view.notice("no-model")
    expect(view["#notice"]).to_contain_text("goes on by itself")
    front.kill()
    shutil.copytree(model, folder, dirs_exist_ok=True)
    front.start()
    view.ready()
    expect(view["#notice"]).to_be_hidden()
    view.run("""async () => {
      const { inARow } = await import("/web/recording.js");
      const examples = await Promise.all(["up", "wave", "circle"].map((gloss) => app.vocabulary.load(gloss)));
      app.signing.play(inARow(examples, 0.6), { rate: 25 });
    }""")
    view.wait("app.captions.signs.length", 60)
    front.kill()
    view.notice("lost")
    kept = view["#signs button"].first.text_content()
    front.start()
    view.wait("events.filter((event) => event.type === 'ready').length === 2")
    assert view.run("() => events.findLast((event) => event.type === 'ready').resumed")
    expect(view["#notice"]).to_be_hidden()
    expect(view["#signs button"].first).to_have_text(kept)
    front.kill()


def test_a_phrase_that_is_too_old_is_forgotten_quietly(visit, front):
    view = visit(front).ready()
    view.run("""async () => {
      const { Live } = await import("/web/live.js");
      const real = WebSocket.prototype.send;
      WebSocket.prototype.send = function (data) {
        real.call(this, typeof data === "string" ? data.replace('"token":null', '"token":"from last week"') : data);
      };
      window.heard = [];
      new Live((event) => window.heard.push(event.type), () => {}).start({ aspect: 1 });
    }""")
    view.wait("heard.includes('ready')")
    assert view.run("() => heard") == ["ready"]


def test_a_full_server(visit, front, tmp_path):
    view = visit(front).ready()
    view.run("""() => app.live.onState("refused", "64 people are signing already; try again later")""")
    view.notice("busy")
    expect(view["#notice"]).to_contain_text("64 people")


def test_a_language_model_is_named_before_it_gets_words(visit, model, tmp_path):
    front = Front(tmp_path, model, tmp_path, english="Up it goes.").start()
    view = visit(front).ready()
    expect(view["#llm-note"]).to_contain_text("never pictures or landmarks")
    play = """async () => {
      const { inARow } = await import("/web/recording.js");
      app.signing.play(inARow([await app.vocabulary.load("up")], 0.45), { rate: 25 });
    }"""
    view.run(play)
    expect(view["#english"]).to_have_text("Up it goes.")
    view["#llm-off"].check()
    view.run(play)
    expect(view["#source"]).to_have_text("These are the recognised words as they stand.")
    assert view.run("() => app.live.settings.english") is False
    front.kill()


def test_landmarks_are_kept_only_of_people_who_agree(visit, front):
    def agreeable(route):
        route.fulfill(json=route.fetch().json() | {"feedback": "landmarks"})

    view = visit(front)
    expect(view["#feedback-note"]).to_be_hidden()  # this server keeps nothing
    view.page.route("**/metadata", agreeable)
    view.page.reload()
    view.ready()
    expect(view["#consent"]).to_be_visible()
    expect(view["#consent"]).not_to_be_checked()
    view.run(WATCH)
    view.run("() => app.live.start({ ...app.signing.app.settings().live, aspect: 1 })")
    assert view.run("() => app.live.settings.consent") is False
    view.wait("app.live.open")
    view["#consent"].check()
    view.wait("app.live.settings.consent && app.live.open")


def test_a_model_without_examples_shows_the_words_only(visit, model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(model, folder, ignore=shutil.ignore_patterns("vocabulary.npz"))
    integrity.seal(folder)
    front = Front(tmp_path, folder, tmp_path).start()
    view = visit(front).ready()
    expect(view["#glosses b"]).to_have_text(["circle", "up", "wave"])
    view["#glosses .word"].first.click()
    expect(view["#glosses p"]).to_contain_text("No figure for this")
    view["#sample"].click()
    view.notice("no-sample")
    front.kill()
