"""More than a thousand words: by letter and by search, and figures only when they are asked for."""

import re

import pytest
from playwright.sync_api import expect

from tests.bentos.web import rich

HEIGHT = "() => document.documentElement.scrollHeight"
WITHOUT_FIGURE = rich.LABELS[-1]


@pytest.fixture
def view(visit, rich_front):
    return visit(rich_front).ready()


def figures_asked(view) -> list[str]:
    return [url for url in view.asked if re.search("/vocabulary/.", url)]


def word(view, gloss: str):
    return view[f"#glosses li[data-gloss='{gloss}'] .word"]


def test_the_page_is_no_wall_of_words(view):
    assert view.run(HEIGHT) < 2500
    expect(view["#found"]).to_have_text("1,208 signs. Search, or open a letter.")
    expect(view["#glosses li"]).to_have_count(0)
    closed = view.run(HEIGHT)
    view["#choices [value=all]"].check()
    view["#groups [value='Looked for']"].click()
    expect(view["#glosses li"]).to_have_count(1208)
    assert view.run(HEIGHT) - closed < 650
    assert view.run("() => { const { list } = app.vocabulary; return list.scrollHeight / list.clientHeight; }") > 5
    assert not figures_asked(view)


def test_a_letter_shows_its_words_and_closes_again(view):
    view["#groups [value=B]"].click()
    expect(view["#groups [value=B]"]).to_have_attribute("aria-pressed", "true")
    wanted = sorted(label for label in rich.LABELS if label[0] == "b")
    expect(view["#found"]).to_have_text(f"{len(wanted)} of 1,208 signs")
    assert view["#glosses li b"].all_text_contents() == wanted
    view["#groups [value=C]"].click()
    expect(view["#groups [aria-pressed=true]"]).to_have_text(["C"])
    view["#groups [value=C]"].click()
    expect(view["#glosses"]).to_be_hidden()


def test_search_finds_as_one_types(view):
    view["#groups [value=B]"].click()
    view["#search"].press_sequentially("DRI")
    assert view["#glosses li b"].all_text_contents() == ["drink"]
    expect(view["#groups [aria-pressed=true]"]).to_have_count(0)
    view["#search"].fill("fi")
    found = view["#glosses li b"].all_text_contents()
    assert found[:2] == ["fine", "afi"]  # what begins so comes first
    assert set(found) == {gloss for gloss in rich.LABELS if "fi" in gloss}
    view["#search"].fill("zebra")
    expect(view["#found"]).to_have_text("No sign is called “zebra”. The model knows 1,208 signs.")
    view["#groups [value=A]"].click()
    expect(view["#search"]).to_have_value("")


def test_a_word_says_what_it_was_learnt_from_and_whether_it_is_looked_for(view):
    view["#search"].fill("book")
    expect(word(view, "book")).to_have_accessible_name(re.compile(r"^book ?20 clips, 19 signers$"))
    view["#search"].fill("drink")
    expect(word(view, "drink")).to_have_accessible_name(re.compile(r"^drink ?20 clips$"))  # nobody knows of whom
    view["#search"].fill(rich.LABELS[400])
    expect(word(view, rich.LABELS[400])).to_have_accessible_name(re.compile("not looked for"))
    view["#choices [value=all]"].check()
    expect(word(view, rich.LABELS[400])).not_to_have_accessible_name(re.compile("not looked for"))


@pytest.mark.parametrize("key", ["click", "Enter", "Space"])
def test_a_figure_is_drawn_when_it_is_asked_for(view, key):
    view["#search"].fill("book")
    book = word(view, "book")
    expect(book).to_have_attribute("aria-expanded", "false")
    if key == "click":
        book.click()
    else:
        book.press(key)
    expect(book).to_have_attribute("aria-expanded", "true")
    figure = view["#glosses canvas"]
    expect(figure).to_be_visible()
    assert [url.rsplit("/", 1)[1] for url in figures_asked(view)] == ["book"]
    looks, tries = figure.screenshot(), 0
    while figure.screenshot() == looks:  # it moves
        assert (tries := tries + 1) < 50
        view.page.wait_for_timeout(100)
    view["#search"].fill("drink")
    view["#search"].fill("book")
    expect(figure).to_be_visible()  # it stays open
    book.click()
    expect(figure).to_have_count(0)
    expect(book).to_be_focused()
    assert len(figures_asked(view)) == 1


def test_a_word_without_figure_says_so(view):
    view["#search"].fill(WITHOUT_FIGURE)
    word(view, WITHOUT_FIGURE).click()
    expect(view["#glosses li p"]).to_have_text("No figure for this sign.")
    assert not figures_asked(view)


def test_a_figure_that_did_not_come_can_be_asked_for_again(view):
    view.page.route("**/vocabulary/book", lambda route: route.abort())
    view["#search"].fill("book")
    word(view, "book").click()
    expect(view["#glosses li p"]).to_have_text("The figure cannot be loaded.")
    view.page.unroute("**/vocabulary/book")
    word(view, "book").click()
    word(view, "book").click()
    expect(view["#glosses canvas"]).to_be_visible()
    expect(view["#glosses li p"]).to_have_count(0)


def test_the_sample_plays_words_that_are_looked_for(view):
    assert view.run("() => app.vocabulary.examples") == rich.LABELS[:300]
    view.run("(own) => app.settings.change({ choice: 'own', own })", [WITHOUT_FIGURE])
    assert view.run("() => app.vocabulary.examples") == []
    view["#sample"].click()
    view.notice("no-sample")
