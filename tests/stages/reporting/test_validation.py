"""The report of `validate`."""

import re


def test_report_works_offline_and_has_figures(bench):
    bench.run()
    page = bench.html
    assert not re.search(r"https?://|<link|<script|@import|src=\"(?!data:)|url\(", page)
    assert page.count("data:image/png;base64,") == 2
