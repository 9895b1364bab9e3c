"""What the documents link to and show is in the repository."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LOCAL = re.compile(r"""\]\((?!\w+:)([^)#\s]+)|src="(?!\w+:)([^"]+)""")


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a git checkout: what is part of it cannot be told")
def test_links_and_pictures_are_there():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    files = {ROOT / name for name in listed.stdout.splitlines()}
    there = files.union(*(file.parents for file in files))
    documents = [file for file in files if file.suffix == ".md"]
    linked = [
        (document.parent / (link or picture)).resolve()
        for document in documents
        for link, picture in LOCAL.findall(document.read_text(encoding="utf-8"))
    ]
    assert len(linked) > 10
    assert [path for path in linked if path not in there] == []
