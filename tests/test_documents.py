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


def test_the_numbers_of_the_readme_stand_in_the_reports_that_it_names():
    measured = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Measured")[2].partition("\n## ")[0]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in measured.splitlines() if line.startswith("| ")]
    report = ""
    for what, value, link in rows[1:]:
        if link:
            report = (ROOT / re.search(r"\(([^)#]+)", link)[1]).read_text(encoding="utf-8")
        for number in re.findall(r"\d[\d,.]*", value) + re.findall(r"n = (\d+)", what):
            assert re.search(rf"(?<![\d.]){re.escape(number)}", report), f"{what}: {number} is not in its report"
    assert len(rows) > 4
