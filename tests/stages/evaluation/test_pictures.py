"""Pictures of the evaluation."""

import numpy as np
import pytest

from stages.evaluation import pictures, tables


@pytest.mark.parametrize("count", [3, 80, 2000])
@pytest.mark.parametrize("right", [True, False])
def test_confusion_picture_is_drawn_at_any_size(tmp_path, count, right):
    glosses = [f"gloss{i}" for i in range(count)]
    truth = np.repeat(np.arange(count), 2)
    guess = truth if right else (truth * 7 + 1) % count
    pairs = tables.confusions(truth, guess, glosses)
    pictures.draw_confusion(pairs, glosses, tmp_path / "c.png", "Test")
    assert (tmp_path / "c.png").read_bytes()[:4] == b"\x89PNG"
    assert (tmp_path / "c.png").stat().st_size < 300_000
