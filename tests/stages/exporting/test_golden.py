"""Recorded answers: to figures or made-up hands, and under the glosses' names."""

import json
from pathlib import Path

import numpy as np
import pytest

from stages.exporting import golden


def test_figures_are_spread_over_the_vocabulary():
    drawn = {f"gloss {i}": golden.made_up(i) for i in range(40)}
    glosses = [gloss for gloss, _ in golden.choose(drawn, 12)]
    assert len(set(glosses)) == 12
    assert (glosses[0], glosses[-1]) == ("gloss 0", "gloss 39")


@pytest.mark.parametrize("figures", [0, 1, 7])
def test_made_up_hands_stand_in_where_there_are_too_few_figures(figures):
    clips = golden.choose({f"gloss {i}": golden.made_up(100 + i) for i in range(figures)}, 12)
    assert [gloss for gloss, _ in clips] == [*(f"gloss {i}" for i in range(figures)), *[""] * (12 - figures)]
    for _, clip in clips:
        assert clip.dtype == np.float16
        assert np.isfinite(clip[:, 21:]).all()
        assert np.ptp(clip[:, 21], axis=0).max() > 0.02
    assert len({clip.tobytes() for _, clip in clips}) == 12


def test_what_people_read_is_what_was_recorded(in_project):
    readable = json.loads(Path("data/export/golden.json").read_text())
    with np.load("data/export/golden.npz") as file:
        assert not {"video_id", "signer"} & set(file.files)
        assert [clip["gloss"] for clip in readable] == file["gloss"].tolist()
        best = file["labels"][file["probabilities"].argmax(axis=1)]
        assert [clip["predictions"][0]["gloss"] for clip in readable] == best.tolist()


def test_golden_is_reproduced_as_the_service_checks_it(in_project):
    from bentos.contract import loading

    model = loading.load(Path("data/export"))
    assert loading.check(model, Path("data/export")) >= 10
    golden = json.loads(Path("data/export/golden.json").read_text())
    assert golden[0]["predictions"][0]["score"] >= golden[0]["predictions"][1]["score"]
