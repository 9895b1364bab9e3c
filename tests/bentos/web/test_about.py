"""What the page says of a model is what that model says of itself, and nothing else."""

import pytest
from playwright.sync_api import expect

from tests.bentos.tiny_model import LABELS, altered
from tests.bentos.web import rich
from tests.bentos.web.conftest import Front


def text(view) -> str:
    return view.run("() => document.body.innerText")


@pytest.fixture(scope="module")
def drawn_front(tiny_model, tmp_path_factory):
    front = Front(tmp_path_factory.mktemp("front"), tiny_model, tmp_path_factory.mktemp("page")).start()
    yield front
    front.kill()


def test_a_model_of_asl_says_what_it_knows_and_how_often_it_is_right(visit, rich_front):
    view = visit(rich_front).ready()
    expect(view["#claim"]).to_have_text(
        "Looks for 300 of the 1,208 isolated signs of American Sign Language that it knows, and writes them as English."
    )
    expect(view["#measured"]).to_have_text(
        "Among these 300, the first guess is right in 70 % (95 % interval 65–74), one of the first five in 88 %, of "
        "446 clips that it did not learn from (val: models and sizes of vocabulary were compared on them)."
    )
    expect(view["#drawn"]).to_be_hidden()
    expect(view["#unreviewed"]).to_be_visible()
    expect(view["#about-words"]).to_contain_text("a name for a sign, not its meaning")
    expect(view["#about-words"]).to_contain_text("at least three recordings")
    expect(view["#model"]).to_contain_text(f"clips that were made up: {sum(rich.CLIPS):,} clips")
    rows = view["#accuracy-rows tr"].all_inner_texts()
    assert [row.split("\t") for row in rows] == [
        ["100", "79 % (74–83)", "93 %", "165 (val)"],
        ["300", "70 % (65–74)", "88 %", "446 (val)"],
        ["1,000", "49 % (44–53)", "74 %", "1,290 (val)"],
        ["1,208", "44 % (39–48)", "71 %", "1,500 (val)"],
        ["100", "75 % (70–79)", "90 %", "120 (test)"],
    ]


def test_what_is_said_goes_with_the_choice(visit, rich_front):
    view = visit(rich_front).ready()
    view["#choices [value='100']"].check()
    expect(view["#claim"]).to_contain_text("Looks for 100 of the 1,208")
    expect(view["#measured"]).to_contain_text("right in 75 % (95 % interval 70–79)")
    expect(view["#measured"]).to_contain_text("of 120 clips that it did not learn from (test: ")
    view["#choices [value='all']"].check()
    expect(view["#claim"]).to_contain_text("Looks for 1,208 isolated signs of American Sign Language")
    expect(view["#measured"]).to_contain_text("Among these 1,208, the first guess is right in 44 %")
    view.run("(own) => app.settings.change({ choice: 'own', own })", rich.LABELS[5:105])
    expect(view["#measured"]).to_have_text("How often it is right among just these 100 was not measured.")
    view.run("(own) => app.settings.change({ choice: 'own', own })", rich.LABELS[99::-1])
    expect(view["#measured"]).to_contain_text("of 120 clips")  # the same hundred, by another way


def test_a_drawn_model_is_called_what_it_is(visit, drawn_front):
    view = visit(drawn_front).ready()
    expect(view["#drawn"]).to_be_visible()
    expect(view["#drawn"]).to_contain_text("They are not ASL, and it recognises nobody's signing.")
    expect(view["#claim"]).to_have_text("A trial model: it tells 12 drawn movements apart that are no ASL.")
    expect(view["#vocabulary-title"]).to_have_text("Movements it knows")
    expect(view["#found"]).to_have_text("12 movements")
    expect(view["#measured"]).to_contain_text("of 20 drawn clips that it did not learn from (test: ")
    expect(view["#measured"]).to_contain_text("That says nothing of anybody's signing.")
    expect(view["#accuracy-title"]).to_contain_text("this says nothing of anybody's signing")
    expect(view["#model"]).to_contain_text("12 drawn movements, no ASL")
    expect(view["#unreviewed"]).to_be_hidden()
    assert "American Sign Language" not in text(view)


def test_of_a_model_that_says_nothing_nothing_is_said(visit, tiny_model, tmp_path):
    model = altered(tiny_model, tmp_path / "model", without=("language", "source", "learnt_from", "accuracy"))
    front = Front(tmp_path, model, tmp_path).start()
    view = visit(front).ready()
    expect(view["#claim"]).to_have_text("Recognises 12 isolated signs and writes them as English.")
    for hidden in ("#drawn", "#accuracy", "#unreviewed", "#measured"):
        expect(view[hidden]).to_be_hidden()
    expect(view["#glosses .word"]).to_have_text(sorted(LABELS))
    said = text(view)
    assert "American Sign Language" not in said
    assert "Learnt from" not in said
    assert "right in" not in said
    assert view["#choices input"].evaluate_all("(all) => all.map((input) => input.value)") == ["server", "all", "own"]
    front.kill()


def test_before_a_model_is_known_nothing_is_claimed(visit, tmp_path):
    front = Front(tmp_path, tmp_path / "none", tmp_path).start()
    view = visit(front)
    view.notice("no-model")
    expect(view["#claim"]).to_have_text("Recognises isolated signs and writes them as English.")
    expect(view["#found"]).to_have_text("No vocabulary yet.")
    assert "American Sign Language" not in text(view)
    front.kill()
