"""Landmarks that were recorded drive the whole live view, over the real socket."""

import re

import pytest
from playwright.sync_api import expect

PLAY = """
async ([order, rate, rest]) => {
  const { inARow } = await import("/web/recording.js");
  const examples = await Promise.all(order.map((gloss) => app.vocabulary.load(gloss)));
  const recording = inARow(examples, rest);
  app.signing.play(recording, { rate });
  return recording.duration;
}
"""
SAY = """() => {
  const english = { type: "english", phrase: 1, text: "Up.", source: "glosses", glosses: ["up"], final: true };
  app.live.onEvent(english);
}"""
PHRASE = ["circle", "up", "wave"]


@pytest.fixture
def view(visit, front):
    return visit(front).ready()


def play(view, order=PHRASE, rate=25, rest=0.6):
    """Play examples and wait until the phrase is English."""
    seconds = view.run(PLAY, [list(order), rate, rest])
    view.wait("events.some((event) => event.type === 'english' && event.final)", 120)
    return seconds


def committed(view):
    return view.run("() => events.filter((event) => event.type === 'committed').map((event) => event.gloss)")


def test_the_built_in_sample_shows_everything(view):
    view["#sample"].click()
    expect(view["#overlay"]).to_be_visible()
    expect(view["#candidates li:visible"]).not_to_have_count(0)
    view.wait("events.some((event) => event.type === 'english' && event.final)", 120)
    glosses = committed(view)
    assert set(glosses) & set(PHRASE)  # which ones, a machine that has no time decides, too
    expect(view["#signs button"]).to_have_text(glosses)
    text = " ".join(glosses).capitalize() + "."
    expect(view["#english"]).to_have_text(text)
    expect(view["#turns .words"]).to_have_text([text])
    expect(view["#said"]).to_have_text(text)
    kinds = view.kinds()
    assert kinds.index("hands") < kinds.index("committed") < kinds.index("english")
    expect(view["#welcome"]).to_be_visible()


def test_sixty_frames_a_second_are_taken_and_drawn(view):
    seconds = play(view, rate=60)
    sent, dropped, drawn = view.run("() => [app.live.sent, app.live.dropped, app.stage.drawn]")
    assert dropped == 0
    assert sent == drawn
    assert 10 * seconds < sent <= 60 * seconds + 1  # a busy machine leaves frames out; none is queued
    assert committed(view)


def test_a_sign_is_corrected_by_click_and_by_key(view):
    view.run(PLAY, [["circle", "up"], 25, 1.2])
    expect(view["#signs button"]).to_have_count(1)
    view["#signs button"].first.click()
    other = view["#candidates b"].nth(1).text_content()
    view["#candidates button"].nth(1).click()
    expect(view["#signs button"].first).to_have_text(other)
    view.wait("events.some((event) => event.type === 'english' && event.final)", 120)
    expect(view["#english"]).to_have_text(re.compile(other, re.IGNORECASE))
    said = view["#english"].text_content()
    view["#signs button"].first.click()
    view.page.keyboard.press("2")
    expect(view["#english"]).not_to_have_text(said)  # the English follows, also after the phrase is over
    expect(view["#turns .words"]).to_have_count(1)


def test_undo_clear_and_end(view):
    view.run(PLAY, [PHRASE * 3, 25, 0.6])
    view.wait("app.captions.signs.length >= 2")
    view["#undo"].click()
    view.wait("events.some((event) => event.type === 'phrase')")
    before = view.run("() => events.findLast((event) => event.type === 'phrase').signs.length")
    assert before >= 1
    view["#clear"].click()
    view.wait("events.findLast((event) => event.type === 'phrase').signs.length === 0")
    view["#stop"].click()
    expect(view["#welcome"]).to_be_visible()
    view.run(PLAY, [PHRASE * 3, 25, 0.6])
    expect(view["#finish"]).to_be_enabled()
    view["#finish"].click()
    view.wait("events.some((event) => event.type === 'english')")
    expect(view["#turns .words"]).to_have_count(1)


def test_a_reply_stands_large_and_the_conversation_goes_along(view):
    view["#reply-text"].fill("How are you?")
    expect(view["#reply-large"]).to_have_text("How are you?")
    view["#reply-text"].press("Enter")
    expect(view["#reply-text"]).to_have_value("")
    view.run(SAY)
    expect(view["#turns .words"]).to_have_text(["How are you?", "Up."])
    with view.page.expect_download() as download:
        view["#download"].click()
    text = download.value.path().read_text()
    assert [line.split(": ", 1)[1] for line in text.splitlines()] == ["How are you?", "Up."]
    view.context.grant_permissions(["clipboard-read", "clipboard-write"])
    view["#copy"].click()
    expect(view["#copy"]).to_have_text("Copied")
    assert view.run("() => navigator.clipboard.readText()") == text
    view["#forget"].click()
    expect(view["#turns li"]).to_have_count(0)


def test_settings_change_the_session_and_stay_only_when_asked(view, front):
    view["#open-settings"].click()
    view["#set-top"].select_option("3")
    view["#set-threshold"].fill("0.95")
    view["#set-size"].fill("2")
    view["#settings button"].click()
    assert view.run("() => localStorage.length") == 0
    view.run(PLAY, [["up"], 25, 0.6])
    view.wait("events.some((event) => event.type === 'ready')")
    assert view.run("() => events.find((event) => event.type === 'ready').threshold") == 0.95
    view.run("() => app.stop()")
    view["#open-settings"].click()
    view["#set-remember"].check()
    view.page.keyboard.press("Escape")
    view.page.reload()
    view.ready()
    expect(view["#set-top"]).to_have_value("3")
    assert view.run("() => getComputedStyle(document.documentElement).getPropertyValue('--caption')") == "2"
    view["#open-settings"].click()
    view["#set-remember"].uncheck()
    assert view.run("() => localStorage.length") == 0


def test_captions_float_above_other_windows(view):
    view.run(SAY)
    with view.context.expect_page() as floating:
        view["#float"].click()
    expect(floating.value.locator("#english")).to_have_text("Up.")
    expect(floating.value.locator("body")).to_have_css("margin", "0px")  # in the page's own style
    view.run("async () => (await import('/web/about.js')).describe(app.model, [])")  # another version comes to serve
    expect(floating.value.locator("#source")).to_contain_text("No language model")
    view["#float"].click()
    expect(view["#caption-home #english"]).to_have_text("Up.")


def test_signs_without_rests_between_stay_readable_and_can_be_chosen(view):
    """The next sign begins when the one before is settled; what that may be stays until the next says something."""
    script = """(events) => { for (const event of events) app.captions.take(event); }"""
    books, drinks = ([{"gloss": gloss, "score": 0.5}, {"gloss": "other", "score": 0.1}] for gloss in ("book", "drink"))
    times = {"start": 0, "end": 1000}
    unsure = {"type": "none", "sign": 1, "why": "unsure", "candidates": books, **times}
    started = {"type": "sign_started", "sign": 2, "time": 1000}
    view.run(script, [{"type": "candidates", "sign": 1, "candidates": books}, unsure, started])
    expect(view["#candidates-title"]).to_have_text("Not sure: choose one if it is right")
    expect(view["#candidates b"].first).to_have_text("book")
    view.run(script, [{"type": "candidates", "sign": 2, "candidates": drinks}])
    expect(view["#candidates-title"]).to_have_text("You are signing")
    expect(view["#candidates b"].first).to_have_text("drink")
    committed = {"type": "committed", "sign": 2, "gloss": "drink", "score": 0.9, "candidates": drinks, **times}
    view.run(script, [committed, started | {"sign": 3}])
    expect(view["#candidates-title"]).to_have_text("Candidates for “drink”")
    view["#signs button"].first.click()
    view.run(script, [{"type": "candidates", "sign": 3, "candidates": books}])
    expect(view["#candidates-title"]).to_have_text("Candidates for “drink”")  # a person is at it


def test_a_sign_without_a_word_keeps_its_place_and_can_still_be_given_one(view):
    script = """(events) => { for (const event of events) app.captions.take(event); }"""
    books, drinks = ([{"gloss": gloss, "score": 0.5}, {"gloss": "other", "score": 0.1}] for gloss in ("book", "drink"))
    times = {"start": 0, "end": 1000}
    said = [
        {"type": "committed", "sign": n, "gloss": "drink", "score": 0.9, "candidates": drinks, **times} for n in (1, 3)
    ]
    unsure = {"type": "none", "sign": 2, "why": "unsure", "candidates": books, **times}
    view.run(script, [said[0], unsure, said[1]])
    expect(view["#signs button"]).to_have_text(["drink", "?", "drink"])
    expect(view["#english"]).to_have_text("drink · drink")
    view["#signs button"].nth(1).click()
    expect(view["#candidates-title"]).to_have_text("Not sure: choose one if it is right")
    expect(view["#candidates b"].first).to_have_text("book")
    chosen = {"sign": 2, "gloss": "book", "score": 1, "candidates": books, **times}
    view.run(script, [{"type": "phrase", "signs": [said[0], chosen, said[1]], "token": ""}])
    expect(view["#signs button"]).to_have_text(["drink", "book", "drink"])
    english = {"type": "english", "phrase": 1, "text": "Drink book drink.", "source": "glosses", "final": True}
    view.run(script, [unsure | {"sign": 4}, english | {"glosses": ["drink", "book", "drink"]}])
    expect(view["#signs button"]).to_have_text(["drink", "book", "drink"])
