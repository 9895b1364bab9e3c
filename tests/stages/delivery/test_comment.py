"""What a pull request is told about its model."""

import json

import pytest

from stages import paths
from stages.delivery import comment
from stages.delivery.revision import Revision


@pytest.fixture(scope="module")
def clone(small_clone, tmp_path_factory):
    """A change that recognises 9 clips of 10 where the base recognises 5; the base only in the remote."""
    clone = small_clone.copy(tmp_path_factory.mktemp("comment"))
    clone.params(9)
    clone.run("dvc", "repro", "-q")
    clone.run("rm", "-rf", ".dvc/cache")
    return clone


@pytest.fixture
def said(clone, monkeypatch, tmp_path):
    monkeypatch.chdir(clone.root)
    return comment.write(Revision("origin/main"), Revision(), tmp_path, "https://example.org/{}?raw=true")


def test_scores_parameters_and_their_change(said):
    assert "| test top-1 | 50.0 % (10.0 – 90.0 %, n=24) | 87.5 % (10.0 – 90.0 %, n=24) | +37.5 points |" in said
    assert "| `train.epochs` | `5` | `9` |" in said
    assert "On the 48 held-out clips that both were scored on: 47.9 % → 89.6 % right, +41.7 points" in said
    assert "more than chance does" in said


def test_the_glosses_that_are_worst_now_come_first(said):
    worst = said.partition("### Worst glosses")[2]
    assert worst.index("| book | 16 | 50.0 % | 87.5 % | no |") < worst.index("| go | 16 |")


def test_figures_are_drawn_and_linked(said, tmp_path):
    assert '<img src="https://example.org/training.png?raw=true"' in said
    assert (tmp_path / "figures" / "training.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "comment.md").read_text() == said


def test_a_base_that_was_never_run(clone, monkeypatch, tmp_path):
    tree = clone.run("git", "mktree").stdout.strip()
    never = clone.run("git", "commit-tree", tree, "-m", "Nothing").stdout.strip()
    monkeypatch.chdir(clone.root)
    said = comment.write(Revision(never), Revision(), tmp_path, "{}")
    assert "There is nothing to compare with" in said
    assert "| test top-1 | – | 87.5 %" in said


def test_without_a_test_part_val_is_told(clone, monkeypatch, tmp_path):
    head = clone.copy(tmp_path / "home")
    monkeypatch.chdir(head.root)
    path = head.root / "reports" / "metrics.json"
    metrics = json.loads(path.read_text())
    nothing = {"loss": None, "accuracy": None, "top5_accuracy": None, "n": 0}
    path.write_text(json.dumps(metrics | {"test": nothing}))
    said = comment.write(Revision("origin/main"), Revision(), tmp_path, "{}")
    assert "## Model: 91.7 % top-1 on val" in said
    assert "| test top-1 | 50.0 % (10.0 – 90.0 %, n=24) | – |  |" in said


def test_table_cells_cannot_break_the_table():
    assert comment.table(["a"], [["x|y"]]).splitlines()[-1] == "| x\\|y |"


@pytest.mark.parametrize("content", ["{}", '{"val": {"n": "many"}}', '{"test": 0.5, "val": {"n": 3}}', "not JSON"])
def test_reports_of_another_form_are_as_good_as_none(clone, monkeypatch, tmp_path, content):
    """As an older revision may have them."""
    head = clone.copy(tmp_path / "home")
    monkeypatch.chdir(head.root)
    for path in (paths.METRICS, paths.SELECTION, paths.EXPORTED, paths.TRANSLATION, paths.REGISTRATION):
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    said = comment.write(Revision("origin/main"), Revision(), tmp_path, "{}")
    assert "| test top-1 | 50.0 % (10.0 – 90.0 %, n=24) | – |  |" in said
    assert "The version has not been registered." in said
