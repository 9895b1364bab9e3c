"""What tests of the delivery share."""

import pytest

from stages.delivery import comment
from stages.delivery.revision import Revision


@pytest.fixture(scope="session")
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
