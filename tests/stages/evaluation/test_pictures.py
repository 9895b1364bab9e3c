"""Pictures of the evaluation."""

import numpy as np
import pandas as pd
import pytest

from stages.evaluation import pictures


@pytest.mark.parametrize("glosses", [3, 80])
def test_confusion_picture_is_drawn_at_any_size(tmp_path, glosses):
    counts = np.eye(glosses, dtype=int) * 3
    counts[0, 1] = 2
    names = [f"gloss{i}" for i in range(glosses)]
    pictures.draw_confusion(pd.DataFrame(counts, names, names), tmp_path / "c.png", "Test")
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
