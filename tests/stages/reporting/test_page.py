"""Report pages: readable numbers, escaped text, nothing from outside the file."""

import re

import jinja2
import numpy as np
import pytest

from stages.reporting import page

SECTION = {
    "title": "Clips <b>",
    "intro": "An intro.",
    "cards": {"clips": 12345},
    "tables": [{"caption": "", "columns": ["gloss", "clips"], "rows": [["<script>alert(1)</script>", 3]]}],
    "figures": [{"caption": "lengths", "source": "data:image/png;base64,AAAA"}],
}


def report(**changes):
    context = {"title": "Report", "lead": "What it is.", "verdict": None, "sections": [SECTION], **changes}
    return page.render("report.html.j2", **context)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234567, "1,234,567"),
        (np.int32(5), "5"),
        (0.123456, "0.1235"),
        (120.0, "120"),
        (float("nan"), "–"),
        (None, "–"),
        (True, "yes"),
        ("book", "book"),
    ],
)
def test_number(value, text):
    assert page.number(value) == text


def test_text_is_escaped():
    html = report()
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_works_offline():
    html = report()
    assert not re.search(r"https?://|<link|<script|@import|src=\"(?!data:)|url\(", html)
    assert "12,345" in html


def test_verdict_with_points():
    html = report(verdict={"kind": "bad", "text": "Stopped", "points": ["no clips"]})
    assert 'class="verdict bad"' in html
    assert "<li>no clips</li>" in html


def test_a_missing_value_is_an_error_not_a_blank():
    with pytest.raises(jinja2.UndefinedError):
        page.render("report.html.j2", title="x")


def test_write_creates_the_folder(tmp_path):
    path = page.write(tmp_path / "a" / "b.html", "report.html.j2", title="T", lead="", verdict=None, sections=[])
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_code_is_marked_and_escaped():
    assert page.code("run `dvc repro <x>` & look") == "run <code>dvc repro &lt;x&gt;</code> &amp; look"
