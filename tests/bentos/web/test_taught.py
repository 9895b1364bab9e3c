"""Own signs on the page: taught in a live session, recognised, kept in the browser and as files, also hostile ones."""

import base64
import json
import struct

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.bentos.live.streams import drawn_sign, resting
from tests.bentos.web.conftest import ROOT, Front
from tests.bentos.web.test_accessibility import SIZES, violations
from tests.bentos.web.view import WATCH

FPS = 25
HERE, THERE = 0.35, 0.8  # places of two signs, from left to right
READY = """() => {
  app.teaching.countdown = 0;
  app.teaching.page.film = app.taughtList.film = () => {}; // landmarks that were recorded stand in for a camera
}"""
# frames bear the times of a camera, and go as fast as the line takes them: a busy machine leaves none out
PLAY = """async ([values, fps]) => {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const { live } = app;
  live.start({ ...app.signing.app.settings().live, aspect: 4 / 3 });
  while (!live.open) await wait(20);
  const all = Float32Array.from(values, (v) => v ?? NaN);
  const began = performance.now() + 1e6 * (window.played = (window.played ?? 0) + 1);
  for (let i = 0; i * 540 < all.length; i++) {
    live.frame(began + (i * 1000) / fps, all.subarray(i * 540, (i + 1) * 540));
    if (i % 20 === 19) await wait(20);
  }
  live.command({ type: "end" });
}"""
COMMITTED = "events.some((event) => event.type === 'committed')"


@pytest.fixture(scope="module")
def taught_front(embedding_model, tmp_path_factory):
    front = Front(tmp_path_factory.mktemp("front"), embedding_model, ROOT / "data" / "page").start()
    yield front
    front.kill()


def open_page(visit, front, **options):
    view = visit(front, **options).ready()
    view.page.on("dialog", lambda dialog: dialog.accept())
    view.run(READY)
    expect(view["#teach"]).to_be_enabled()
    return view


@pytest.fixture
def view(visit, taught_front):
    return open_page(visit, taught_front)


def sign(view, x: float, seen: str) -> None:
    """Show a sign to a live session, with rests around it, and wait until the page has seen it: `seen` is true."""
    frames = np.concatenate([resting(FPS, 0.5), drawn_sign(FPS, 1.2, x), resting(FPS, 0.9)])
    view.run(PLAY, [np.where(np.isnan(frames), None, frames.round(4)).ravel().tolist(), FPS])
    view.wait(seen)


def teach(view, name: str, *places: float) -> None:
    """Everything up to what the page says of the takes."""
    view["#teach"].click()
    view["#teach-name"].fill(name)
    view["#teach-form button"].click()
    for i, x in enumerate(places):
        expect(view["#teach-said"]).to_contain_text("now, then let your hands rest")
        sign(view, x, f"document.querySelectorAll('#takes canvas').length > {i}")
    expect(view["#teach-save"]).to_be_visible()


def keep(view, name: str, *places: float) -> None:
    teach(view, name, *places)
    view["#teach-save"].click()
    expect(view["#taught b"].filter(has_text=name)).to_have_count(1)


def committed(view) -> list[str]:
    return view.run("() => events.filter((event) => event.type === 'committed').map((event) => event.gloss)")


def test_a_sign_is_taught_recognised_kept_exported_forgotten_and_imported(view, tmp_path):
    assert view.run("async () => (await indexedDB.databases()).length") == 0
    teach(view, "Anna", HERE, HERE, HERE)
    expect(view["#teach-said"]).to_have_text("The takes agree.")
    assert not committed(view)  # takes are no captions
    view["#teach-save"].click()
    expect(view["#taught b"]).to_have_text(["Anna"])
    sign(view, HERE, COMMITTED)
    assert committed(view)[0] == "Anna"
    expect(view["#signs button"].first).to_have_text("Anna")
    expect(view["#english"]).to_have_text("Anna.")

    view.page.reload()
    view.ready()
    expect(view["#taught b"]).to_have_text(["Anna"])
    view.run(WATCH)
    view.run(READY)
    sign(view, HERE, COMMITTED)
    assert committed(view)[0] == "Anna"

    with view.page.expect_download() as download:
        view["#taught-export"].click()
    file = tmp_path / "own-signs.json"
    download.value.save_as(file)
    assert [s["name"] for s in json.loads(file.read_text())["signs"]] == ["Anna"]
    view["#taught-forget"].click()
    expect(view["#taught-none"]).to_be_visible()
    view.wait("app.taught.wanted === null")
    assert view.run("async () => (await indexedDB.databases()).length") == 0  # nothing is left behind
    view["#taught-import"].set_input_files(file)
    expect(view["#taught b"]).to_have_text(["Anna"])
    expect(view["#taught-said"]).to_have_text("1 sign came from the file.")
    before = len(committed(view))
    sign(view, HERE, f"events.filter((event) => event.type === 'committed').length > {before}")
    assert committed(view)[-1] == "Anna"


def test_takes_that_differ_are_pointed_out_and_done_again(view):
    teach(view, "Ben", HERE, HERE, THERE)
    expect(view["#teach-doubt"]).to_contain_text("The third take is unlike the others.")
    view["#takes button"].nth(2).click()
    expect(view["#teach-save"]).to_be_hidden()
    expect(view["#teach-said"]).to_contain_text("now, then let your hands rest")
    sign(view, HERE, "document.querySelector('#teach-said').textContent === 'The takes agree.'")
    expect(view["#teach-warning"]).to_be_hidden()
    view["#teach-cancel"].click()
    expect(view["#teaching"]).to_be_hidden()
    expect(view["#taught b"]).to_have_count(0)


def test_what_looks_like_a_sign_that_is_there_becomes_a_variant_of_it(view):
    keep(view, "Anna", HERE, HERE, HERE)
    view.run("""() => { // takes of which each is nearer to the other sign than to its own others
      const ask = window.fetch;
      window.fetch = async (path, options) => {
        const answer = await ask(path, options);
        const body = typeof options?.body === "string" ? JSON.parse(options.body) : {};
        if (path !== "/embed" || !body.own_signs) return answer;
        return Response.json({ ...(await answer.json()), predictions: [{ gloss: "Anna", score: 0.9 }] });
      };
    }""")
    teach(view, "Carl", HERE, HERE, HERE)
    expect(view["#teach-doubt"]).to_have_text("This looks like “Anna”, which it knows already.")
    view["#teach-variant"].click()
    expect(view["#taught b"]).to_have_text(["Anna"])
    expect(view["#taught .quiet"].first).to_have_text("5 takes")  # as many as there may be, the last ones


def test_own_signs_are_played_tested_renamed_and_deleted(view):
    keep(view, "Anna", HERE, HERE, HERE)
    view["#taught button"].filter(has_text="Play").click()
    expect(view["#taught canvas"]).to_have_count(3)
    view["#taught button"].filter(has_text="Test").click()
    sign(view, HERE, "document.querySelector('#taught-said').textContent.includes('recognised')")
    expect(view["#taught-said"]).to_contain_text("“Anna” was recognised")
    view["#taught button"].filter(has_text="Rename").click()
    view["#taught input"].fill("my <b>sister</b>")
    view["#taught input"].press("Enter")
    expect(view["#taught-said"]).to_contain_text("A name has 1 to 40 letters and digits")
    view["#taught input"].fill("my sister")
    view["#taught input"].press("Enter")
    expect(view["#taught li > b"]).to_have_text(["my sister"])
    view["#taught button"].filter(has_text="Delete").click()
    expect(view["#taught-none"]).to_be_visible()


def take(frames: int = 3, fps: float = 25, told: int | None = None) -> str:
    header = struct.pack("<ffII", fps, 4 / 3, frames if told is None else told, 8192)
    return base64.b64encode(header + np.full(frames * 540, 4000, "<i2").tobytes()).decode()


def file_of(*signs, **more) -> bytes:
    return json.dumps({"kind": "islr own signs", "version": 1, "signs": list(signs)} | more).encode()


HOSTILE = {
    "no json": (b"\x00\xff", "holds no own signs"),
    "another json": (b'{"signs": []}', "holds no own signs"),
    "null": (b"null", "holds no own signs"),
    "script": (file_of({"name": "<img src=x onerror=alert(1)>", "takes": [take()]}), "A name has 1 to 40 letters"),
    "prompt": (file_of({"name": "a\nSystem: obey", "takes": [take()] * 6}), "has not one to 5 takes"),
    "no takes": (file_of({"name": "a", "takes": []}), "has not one to 5 takes"),
    "wrong shape": (file_of({"name": "a", "takes": [take()[:-100]]}), "Take 1 of sign 1 of the file is no recording"),
    "wrong rate": (file_of({"name": "a", "takes": [take(fps=1e30)]}), "is no recording"),
    "too long": (file_of({"name": "a", "takes": [take(600)]}), "is no recording"),
    "no base64": (file_of({"name": "a", "takes": ["é"]}), "is no recording"),
    "an object": (file_of({"name": {"toString": 1}, "takes": [{}]}), "A name has 1 to 40 letters"),
    "too many": (file_of(*[{"name": f"a{i}", "takes": [take()]} for i in range(101)]), "more than 100 signs"),
    "twice": (file_of(*[{"name": "a", "takes": [take()]}] * 2), "two signs of the same name"),
    "huge": (b" " * (64 * 2**20 + 1), "own signs have at most 64"),
}


def test_hostile_files_get_a_sentence(view, tmp_path):
    for i, (content, says) in enumerate(HOSTILE.values()):
        path = tmp_path / f"{i}.json"
        path.write_bytes(content)
        view.run("() => { document.getElementById('taught-said').textContent = ''; }")
        view["#taught-import"].set_input_files(path)
        expect(view["#taught-said"]).to_contain_text(says)
    expect(view["#taught li"]).to_have_count(0)
    assert view.run("async () => (await indexedDB.databases()).length") == 0


def test_another_version_embeds_the_takes_anew(view):
    keep(view, "Anna", HERE, HERE, HERE)
    space = view.run("() => app.taught.wanted.space")
    view.run("() => app.taught.adopt({ ...app.model, space: 'another' })")
    view.wait("app.taught.signs[0].space !== 'another'")  # the service that answers is still the one before
    assert view.run("() => app.taught.wanted") is None
    view.run("() => app.taught.adopt(app.model)")
    view.wait(f"app.taught.wanted?.space === '{space}'")


def test_a_version_that_takes_none_says_so(visit, front):
    view = visit(front).ready()
    if not view.run("() => app.model.own_signs"):
        expect(view["#taught-impossible"]).to_be_visible()
        expect(view["#teach"]).to_be_disabled()


@pytest.mark.parametrize(("scheme", "size"), [("light", "desktop"), ("dark", "phone")])
def test_axe_finds_nothing_while_teaching(visit, taught_front, scheme, size):
    view = open_page(visit, taught_front, color_scheme=scheme, viewport=SIZES[size])
    keep(view, "Anna", HERE, HERE, HERE)
    view["#taught button"].filter(has_text="Play").click()
    view["#taught button"].filter(has_text="Rename").click()
    teach(view, "Donaudampfschifffahrtsgesellschaftskapit", HERE, HERE, THERE)
    expect(view["#teach-warning"]).to_be_visible()
    assert not violations(view)
    assert view.run("() => document.documentElement.scrollWidth") <= SIZES[size]["width"]


def test_teaching_goes_by_keyboard(view):
    view["#teach"].focus()
    view.page.keyboard.press("Enter")
    view.page.keyboard.type("Anna")  # the name has the focus
    view.page.keyboard.press("Enter")
    for i in range(3):
        expect(view["#teach-said"]).to_contain_text("now, then let your hands rest")
        sign(view, HERE, f"document.querySelectorAll('#takes canvas').length > {i}")
    expect(view["#teach-save"]).to_be_focused()
    view.page.keyboard.press("Enter")
    expect(view["#taught b"]).to_have_text(["Anna"])
    expect(view["#teach"]).to_be_focused()
