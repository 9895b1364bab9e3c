"""The picture of translation's scores."""

import pytest

from stages.translation import scores
from stages.translation.picture import draw


@pytest.mark.parametrize("rows", [1, 4])
def test_any_number_of_rows_is_drawn(tmp_path, rows):
    found = {str(row): dict.fromkeys(scores.NAMES, 10.0 * row) for row in range(rows)}
    draw(found, {row: f"row {row}" for row in found}, tmp_path / "scores.png")
    assert (tmp_path / "scores.png").read_bytes()[:4] == b"\x89PNG"
