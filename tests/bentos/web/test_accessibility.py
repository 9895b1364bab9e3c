"""Everyone can use it: axe, keyboard, zoom, small screens, reduced motion; and nothing is stored unasked."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

PLAY = """
async () => {
  const { inARow } = await import("/web/recording.js");
  app.signing.play(inARow([await app.vocabulary.load("up"), await app.vocabulary.load("wave")], 0.6), { rate: 25 });
}
"""
# what the service says, as it says it
SIGNING = """() => {
  const candidates = [{ gloss: "wave", score: 0.93 }, { gloss: "up", score: 0.04 }, { gloss: "circle", score: 0.03 }];
  app.captions.take({ type: "committed", sign: 1, gloss: "wave", score: 0.93, candidates });
  app.captions.take({ type: "committed", sign: 2, gloss: "up", score: 0.41, candidates });
  app.captions.take({ type: "sign_started", sign: 3 });
  app.captions.take({ type: "candidates", sign: 3, candidates });
}"""
ENGLISH = """() => {
  const english = { type: "english", phrase: 1, text: "Wave it up there.", source: "glosses", final: true };
  app.captions.take({ ...english, glosses: ["wave", "up"] });
  app.conversation.add("signed", english.text);
}"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
SIZES = {"desktop": {"width": 1280, "height": 900}, "phone": {"width": 360, "height": 740}}


def violations(view) -> list[str]:
    """What axe finds, in words."""
    found = Axe().run(view.page, options=RULES).response["violations"]
    return [f"{v['id']}: {[n['html'][:120] + ' ' + str(n['failureSummary']) for n in v['nodes']]}" for v in found]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit, front, scheme, size):
    view = visit(front, color_scheme=scheme, viewport=SIZES[size]).ready()
    assert not violations(view)
    view.run(SIGNING)
    expect(view["#candidates li:visible"]).to_have_count(3)
    view.run("() => { app.notice.show('lost'); app.stage.show('camera'); app.stage.hint('It is too dark.'); }")
    assert not violations(view)  # signing, with advice and a warning
    view.run(ENGLISH)
    view["#reply-text"].fill("Yes, I see.")
    view.run("() => { app.notice.show('refused', '', 'Try again'); app.stage.progress('Loading', 0.4); }")
    assert not violations(view)  # a sentence, a reply, an error, progress
    view["#open-settings"].click()
    assert not violations(view)


@pytest.mark.parametrize(("scheme", "size"), [("light", "desktop"), ("dark", "phone")])
def test_axe_finds_nothing_in_a_large_vocabulary(visit, rich_front, scheme, size):
    view = visit(rich_front, color_scheme=scheme, viewport=SIZES[size]).ready()
    view.run("() => app.settings.change({ choice: 'own', own: ['book', 'zebra'] })")
    view["#groups [value=B]"].click()
    for i in range(2):
        view["#glosses .word"].nth(i).click()
    expect(view["#glosses canvas"]).to_have_count(2)
    expect(view["#left-out"]).to_be_visible()
    assert not violations(view)  # words in and out of one's list, open and closed, an unknown word, the table
    assert view.run("() => document.documentElement.scrollWidth") <= SIZES[size]["width"]


def test_words_are_chosen_by_keyboard(visit, rich_front):
    view = visit(rich_front).ready()
    view["#choices [value=server]"].focus()
    for _ in range(5):
        view.page.keyboard.press("ArrowRight")
    expect(view["#choices [value=own]"]).to_be_checked()
    view["#search"].focus()
    view.page.keyboard.type("drin")
    for _ in range(60):
        view.page.keyboard.press("Tab")
        if view.run("() => document.activeElement.className") == "word":
            break
    view.page.keyboard.press("Tab")
    view.page.keyboard.press("Space")
    assert view.run("() => app.choice.wanted") == ["drink"]
    assert view.run("() => document.activeElement.type") == "checkbox"  # the next key goes on from there


@pytest.mark.parametrize("width", [360, 640])  # a phone, and a laptop's window at 200 %
def test_nothing_is_cut_off(visit, front, width):
    view = visit(front, viewport={"width": width, "height": 740}).ready()
    view.run(SIGNING)
    view.run(ENGLISH)
    view["#reply-text"].fill("Donaudampfschifffahrtsgesellschaftskapitän")
    view.run("() => app.settings.change({ size: 3 })")
    assert view.run("() => document.documentElement.scrollWidth") <= width
    targets = "button, select, textarea, label:has(input), input:not(.unseen, [type=checkbox], [type=radio])"
    small = """(targets) => [...document.querySelectorAll(targets)]
      .filter((e) => e.checkVisibility() && Math.min(e.offsetWidth, e.offsetHeight) < 24).map((e) => e.outerHTML)"""
    assert view.run(small, targets) == []


def test_all_can_be_done_by_keyboard(visit, front):
    view = visit(front).ready()
    reached = []
    for _ in range(30):
        view.page.keyboard.press("Tab")
        if view.run("() => document.activeElement === document.body"):
            break  # once round
        reached.append(view.run("() => document.activeElement.id || document.activeElement.textContent.trim()"))
        outline = view.run("() => getComputedStyle(document.activeElement).outlineStyle")
        assert outline != "none" or reached[-1] == "file"  # the file's label shows its focus
    assert reached[0] == "Skip to the captions"
    wanted = ["open-settings", "start", "file", "sample", "points", "float", "reply-text", "keep-choice", "search"]
    assert [name for name in reached if name in wanted] == wanted
    view["#sample"].focus()
    view.page.keyboard.press("Enter")
    expect(view["#signs button"]).not_to_have_count(0)
    view.page.wait_for_function("() => !app.signing.running")  # what follows has all the time it takes
    view["#signs button"].first.focus()
    view.page.keyboard.press("Space")
    expect(view["#signs button"].first).to_have_attribute("aria-pressed", "true")
    assert view.run("() => document.activeElement.closest('#signs') !== null")
    view["#candidates button"].nth(1).focus()
    other = view["#candidates b"].nth(1).text_content()
    view.page.keyboard.press("Enter")
    expect(view["#signs button"].first).to_have_text(other)


def test_whoever_corrects_a_sign_by_keyboard_stays_there_while_others_come(visit, front):
    view = visit(front).ready()
    view.run(SIGNING)
    view["#signs button"].first.focus()
    view.page.keyboard.press("Space")
    view.run("() => { window.chip = document.activeElement; }")
    view.run("""() => app.captions.take({ type: "candidates", sign: 3, candidates: [{ gloss: "up", score: 0.5 }] })""")
    assert view.run("() => document.activeElement === chip")  # nothing was made anew, and nothing is read out again
    view.run("""() => app.captions.take({ type: "committed", sign: 3, gloss: "up", score: 0.5, candidates: [] })""")
    expect(view["#signs button"]).to_have_count(3)
    assert view.run("() => document.activeElement.textContent") == "wave"


def test_keys_can_be_switched_off(visit, front):
    view = visit(front).ready()
    view.run("() => app.settings.change({ keys: false })")
    view.run("() => { window.chosen = []; app.captions.onChoose = (...choice) => window.chosen.push(choice); }")
    view.run(SIGNING)
    view["#signs button"].first.click()
    view.page.keyboard.press("2")
    assert view.run("() => chosen") == []
    view.run("() => app.settings.change({ keys: true })")
    view.page.keyboard.press("2")
    assert view.run("() => chosen") == [[1, "up"]]


def test_only_what_was_committed_is_announced(visit, front):
    view = visit(front).ready()
    assert view.run("() => [...document.querySelectorAll('[role=status], [aria-live]')].map((e) => e.id)") == ["said"]
    view.run("""() => {
      window.spoken = [];
      new MutationObserver(() => window.spoken.push(document.getElementById("said").textContent))
        .observe(document.getElementById("said"), { childList: true, characterData: true, subtree: true });
    }""")
    view.run(SIGNING)
    view.run("() => new Promise((resolve) => setTimeout(resolve))")
    view.run(ENGLISH)
    assert view.run("() => spoken.at(-1)") == "Wave it up there."
    assert set(view.run("() => spoken")) <= {"wave", "up", "Wave it up there."}  # no candidate


def test_reduced_motion_keeps_the_figures_still(visit, front):
    view = visit(front, reduced_motion="reduce").ready()
    view["#glosses .word"].first.click()
    expect(view["#glosses canvas:visible"]).to_have_count(1)
    view.page.wait_for_timeout(300)
    looks = view["#glosses canvas"].first.screenshot()
    view.page.wait_for_timeout(400)
    assert view["#glosses canvas"].first.screenshot() == looks


def test_nothing_is_stored_unasked(visit, front):
    view = visit(front).ready()
    view.run(PLAY)
    view["#reply-text"].fill("Hello")
    view["#reply-text"].press("Enter")
    expect(view["#english"]).to_have_attribute("data-kind", "sentence")
    assert view.run("() => [localStorage.length, sessionStorage.length]") == [0, 0]
    assert view.run("async () => [await indexedDB.databases(), await caches.keys()]") == [[], []]
    assert not view.context.cookies()
