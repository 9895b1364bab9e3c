"""The picture of a search."""

import pandas as pd
import pytest

from stages.reports.training import ValScores
from stages.tuning.picture import draw_pareto


@pytest.mark.parametrize("trials", [0, 3], ids=["no trial was finished", "some"])
def test_a_search_is_drawn_also_when_no_trial_was_finished(tmp_path, trials):
    rows = {"val_loss": [1.0, 0.8, 0.9], "val_accuracy": [0.5, 0.6, 0.4], "number": [0, 1, 2]}
    table = pd.DataFrame(rows | {"pareto": [False, True, False]})[:trials] if trials else pd.DataFrame()
    draw_pareto(table, ValScores(accuracy=0.5, loss=1.1), tmp_path / "pareto.png")
    assert (tmp_path / "pareto.png").read_bytes()[:4] == b"\x89PNG"
