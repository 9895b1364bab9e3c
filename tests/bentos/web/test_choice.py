"""What is chosen is what the service is asked for, over the socket and for files, and stays only when asked."""

import json
import shutil

import pytest
from playwright.sync_api import expect

from tests.bentos.serving import ROOT
from tests.bentos.web import drawn, rich
from tests.bentos.web.conftest import Front
from tests.bentos.web.view import WATCH

# keeps what is sent as text
SENT = """
window.sent = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (typeof data === "string") window.sent.push(JSON.parse(data));
  send.call(this, data);
};
"""
PLAY = """
async () => {
  const { inARow } = await import("/web/recording.js");
  app.signing.play(inARow(Array(60).fill(await app.vocabulary.load("book")), 0.6), { rate: 25 });
}
"""
# a hand that every frame shows, in place of MediaPipe
STAND_IN = """
Holistic.load = async () => ({
  software: false,
  reset() {},
  find: async () => Float32Array.from({ length: 540 }, (_, i) => 0.4 + i / 2000),
});
"""
MINE = ["book", "drink", "chair"]


@pytest.fixture
def view(visit, rich_front):
    return visit(rich_front, SENT).ready()


def options(view) -> list[str]:
    return view["#choices input"].evaluate_all("(all) => all.map((input) => input.value)")


def asked(view) -> list:
    """The words that each session was opened with, so far."""
    return view.run("() => sent.filter((message) => message.type === 'start').map((message) => message.vocabulary)")


def signed(view) -> None:
    """Play, until the service has said what it may be."""
    view.run(PLAY)
    view.wait("events.some((event) => event.candidates?.length)")


def glosses(view) -> set[str]:
    return set(view.run("() => events.flatMap((event) => event.candidates ?? []).map((one) => one.gloss)"))


def test_sizes_are_offered_that_were_measured(view, visit, tiny_model, tmp_path):
    assert options(view) == ["server", "100", "300", "1000", "all", "own"]
    assert view["#choices label"].all_inner_texts() == [
        *("This server's choice 300", "Everyday 100", "First 300", "First 1,000", "All 1,208", "My own list")
    ]
    small = Front(tmp_path, tiny_model, tmp_path).start()
    assert options(visit(small).ready()) == ["server", "4", "8", "all", "own"]
    small.kill()


def test_the_server_chooses_when_nobody_else_does(view):
    expect(view["#choices [value=server]"]).to_be_checked()
    signed(view)
    assert asked(view) == [None]
    assert glosses(view) <= set(rich.LABELS[:300])


def test_a_running_session_takes_another_choice_and_keeps_its_phrase(view):
    signed(view)
    view["#choices [value='100']"].check()
    view.wait("events.filter((event) => event.type === 'ready').length === 2")
    assert asked(view) == [None, rich.LABELS[:100]]
    assert view.run("() => events.findLast((event) => event.type === 'ready').resumed")
    view.run("() => { window.events.length = 0; }")
    view.wait("events.some((event) => event.candidates?.length)")
    assert glosses(view) <= set(rich.LABELS[:100])


def test_a_list_of_ones_own_is_put_together_by_search(view):
    view["#choices [value=own]"].check()
    expect(view["#own-text"]).to_contain_text("Your list is empty")
    signed(view)
    for word in MINE:
        view["#search"].fill(word)
        view["#glosses"].get_by_label(f"{word}: in my list", exact=True).check()
    expect(view["#own-text"]).to_contain_text("Your list has 3 words")
    view.wait("sent.findLast((message) => message.type === 'start').vocabulary?.length === 3")
    first, *_, last = asked(view)
    assert (first, last) == (None, MINE)  # an empty list leaves the choice to the server
    view["#search"].fill("")
    view["#groups [value='Looked for']"].click()
    expect(view["#glosses li b"]).to_have_text(sorted(MINE))
    view["#glosses"].get_by_label("book: in my list", exact=True).uncheck()
    expect(view["#own-text"]).to_contain_text("2 words")
    expect(view["#glosses li b"]).to_have_text(sorted(MINE))  # it stays at hand, until the group is opened again
    view["#groups [value='Looked for']"].click()
    view["#groups [value='Looked for']"].click()
    expect(view["#glosses li b"]).to_have_text(["chair", "drink"])
    view["#empty-own"].click()
    expect(view["#own-text"]).to_contain_text("Your list is empty")


def test_quick_changes_open_one_session(view):
    signed(view)
    view.run("(words) => words.forEach((word) => app.choice.toggle(word, true))", MINE)
    view["#choices [value=own]"].check()
    view.wait("events.filter((event) => event.type === 'ready').length === 2")
    view.page.wait_for_timeout(600)
    assert asked(view) == [None, MINE]


def test_the_choice_stays_only_when_asked(view):
    view.run("(own) => app.settings.change({ choice: 'own', own })", MINE)
    assert view.run("() => localStorage.length") == 0
    view.page.reload()
    view.ready()
    expect(view["#choices [value=server]"]).to_be_checked()
    view["#choices [value='300']"].check()
    view["#keep-choice"].check()
    view.page.reload()
    view.ready()
    expect(view["#choices [value='300']"]).to_be_checked()
    expect(view["#set-remember"]).to_be_checked()  # it is one setting
    view["#keep-choice"].uncheck()
    assert view.run("() => localStorage.length") == 0


@pytest.mark.parametrize(
    ("kept", "says"),
    [
        (["book", "zebra", "drink"], "so they are left out: zebra."),
        (["book", *(f"zebra {i}" for i in range(7)), "drink"], "zebra 3, zebra 4 and 2 more."),
        (["book", "drink"], ""),
    ],
)
def test_kept_words_that_the_model_does_not_know_are_left_out(visit, rich_front, kept, says):
    stored = json.dumps({"choice": "own", "own": kept, "remember": True})
    view = visit(rich_front, f"{SENT}localStorage.setItem('islr.settings', {json.dumps(stored)});").ready()
    expect(view["#choices [value=own]"]).to_be_checked()
    if says:
        expect(view["#left-out"]).to_contain_text(says)
    else:
        expect(view["#left-out"]).to_be_hidden()
    expect(view["#own-text"]).to_contain_text("2 words")
    signed(view)
    assert asked(view) == [["book", "drink"]]


@pytest.mark.parametrize(
    "kept", ['{"choice": "own", "own": "book"}', '{"choice": 7, "own": [null]}', "null", "no JSON"]
)
def test_a_broken_memory_leaves_the_choice_to_the_server(visit, rich_front, kept):
    view = visit(rich_front, f"{SENT}localStorage.setItem('islr.settings', {json.dumps(kept)});").ready()
    signed(view)
    assert asked(view) == [None]


def test_a_file_is_answered_within_the_choice(visit, rich_model, page_files, tmp_path):
    front = Front(tmp_path, rich_model, page_files).start()
    view = visit(front).ready()
    path = drawn.write_webm(tmp_path / "book.webm", drawn.pictures(every=8), 10)
    code = (ROOT / "bentos" / "web" / "holistic.js").read_text(encoding="utf-8") + STAND_IN
    view.page.route("**/web/holistic.js", lambda route: route.fulfill(body=code, content_type="text/javascript"))
    view.page.reload()
    view.ready().run(WATCH)
    scores = {}
    for choice, words in (("all", rich.LABELS), ("own", MINE), ("server", rich.LABELS[:300])):
        view.run(
            "([choice, own]) => { app.settings.change({ choice, own }); app.answer.candidates = null; }", [choice, MINE]
        )
        view["#file"].set_input_files(path)
        view.wait("app.answer.candidates")
        found = view.run("() => app.answer.candidates")
        assert {one["gloss"] for one in found} <= set(words)
        assert len(found) == min(5, len(words))
        scores[choice] = found[0]["score"]
        view["#stop"].click()
    front.kill()
    assert scores["own"] < scores["server"] <= scores["all"]  # they stay those of the whole model


def test_another_version_that_lacks_a_chosen_word_goes_on_with_the_others(visit, rich_model, tiny_model, tmp_path):
    folder = tmp_path / "model"
    shutil.copytree(rich_model, folder)
    front = Front(tmp_path, folder, tmp_path).start()
    view = visit(front, SENT).ready()
    lost = rich.LABELS[-1]
    view.run("(own) => app.settings.change({ choice: 'own', own })", ["book", lost])
    signed(view)
    front.kill()
    shutil.rmtree(folder)
    shutil.copytree(tiny_model, folder)
    front.start()
    view.wait("events.filter((event) => event.type === 'ready').length === 2", 90)
    assert asked(view)[-1] == ["book"]
    expect(view["#left-out"]).to_contain_text(lost)
    expect(view["#notice"]).to_be_hidden()
    front.kill()
