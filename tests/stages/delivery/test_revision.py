"""Reports of other revisions, also where there are none or they have another form."""

import pytest

from stages import paths
from stages.delivery import comment
from stages.delivery.revision import Revision


def test_a_base_that_was_never_run(clone, monkeypatch, tmp_path):
    tree = clone.run("git", "mktree").stdout.strip()
    never = clone.run("git", "commit-tree", tree, "-m", "Nothing").stdout.strip()
    monkeypatch.chdir(clone.root)
    said = comment.write(Revision(never), Revision(), tmp_path, "{}")
    assert "There is nothing to compare with" in said
    assert "| test top-1 | – | 87.5 %" in said


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
