"""Drift: real shifts are seen, chance is not, and the index is the textbook's."""

import json
import re
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from bentos.contract.skeleton import FACE
from stages.dataset.drift import FEATURES, compare, read_statistics, statistics
from tests.stages import corpora


def table(count, seed=0, **changes):
    rng = np.random.default_rng(seed)
    clips = pd.DataFrame({name: rng.normal(size=count) for name in FEATURES})
    return clips.assign(gloss=rng.choice(["book", "drink"], count), **changes)


def psi(before, now, **changes):
    return compare(statistics(before), now, 0.25).set_index("feature")


def test_index_of_a_known_shift():
    before = table(1000, hand_x=np.repeat([0.0, 1.0], 500))
    now = table(1000, seed=1, hand_x=np.repeat([0.0, 1.0], [800, 200]))
    expected = (0.8 - 0.5) * np.log(0.8 / 0.5) + (0.2 - 0.5) * np.log(0.2 / 0.5)
    assert psi(before, now).at["hand_x", "psi"] == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    "change",
    [
        lambda v: v + 1.5,
        lambda v: v * 4,
        lambda v: np.where(np.arange(len(v)) % 2, v, np.nan),
    ],
)
def test_a_shift_is_seen_and_comes_first(change):
    before, now = table(2000), table(2000, seed=1)
    now["hand_y"] = change(now["hand_y"].to_numpy())
    result = compare(statistics(before), now, 0.25)
    assert result.at[0, "feature"] == "hand_y"
    assert (result["excess"] > 0).sum() == 1


@pytest.mark.parametrize(("then", "now"), [(1.0, 0.5), (0.5, 1.0), (0.0, 1.0), (1.0, np.nan)])
def test_a_constant_that_moves_either_way_is_seen(then, now):
    assert psi(table(500, pose_share=then), table(500, pose_share=now)).at["pose_share", "excess"] > 0


def test_differences_below_the_resolution_are_no_drift():
    before = table(500, fps=30.0, pose_share=1.0)
    now = table(500, seed=1, fps=29.97, pose_share=0.98)
    assert (psi(before, now).loc[["fps", "pose_share"], "psi"] == 0).all()


def test_few_clips_raise_no_false_alarm():
    alarms = 0
    for seed in range(40):
        result = psi(table(60, seed), table(30, 1000 + seed))
        alarms += (result["excess"] > 0).sum()
    assert alarms <= 0.005 * 40 * len(FEATURES) + 2


def test_statistics_survive_json(tmp_path):
    before = table(50, face_share=np.nan)
    path = tmp_path / "statistics.json"
    path.write_text(json.dumps(statistics(before), allow_nan=False))
    read = read_statistics(path)
    assert read == statistics(before)
    assert sum(read["glosses"].values()) == read["clips"] == 50
    assert (compare(read, before, 0.25)["psi"] < 1e-9).all()


def test_nothing_to_compare():
    assert compare(statistics(table(0)), table(10), 0.25).empty
    assert compare(statistics(table(10)), table(0), 0.25).empty


def test_no_drift_against_itself(bench):
    bench.run()
    shutil.copy(bench.folder / "reports" / "landmark_statistics.json", bench.folder / "before.json")
    code, _ = bench.run(params="  reference: before.json\n")
    assert code == 0
    assert bench.metrics["drift"] == {"features": 12, "shifted": 0}
    assert "Drift from what Production was trained on" in bench.html


def test_drift_and_lost_glosses_warn(bench):
    bench.run()
    shutil.copy(bench.folder / "reports" / "landmark_statistics.json", bench.folder / "before.json")

    def faceless(clip):
        points = clip.landmarks.copy()
        points[:, FACE] = np.nan
        return replace(clip, landmarks=points, fps=60.0)

    clips = [faceless(clip) for clip in corpora.clips() if clip.gloss != "book"]
    code, logged = bench.run(clips, params="  reference: before.json\n")
    assert code == 0
    shifted = re.search(r"Nothing has shifted.*", logged).group()
    assert "face_share" in shifted
    assert "fps" in shifted
    assert "hand_share" not in shifted
    assert re.search(r"All glosses that Production knows are still there.*book", logged)


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_wrong_reference_is_refused_by_name(bench, content, tmp_path):
    if content is not None:
        (tmp_path / "before.json").write_text(content)
    code, _ = bench.run(params="  reference: before.json\n")
    assert "validate.reference: before.json" in code
