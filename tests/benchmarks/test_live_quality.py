"""How well live sessions read streams of held-out clips: python -m pytest tests/benchmarks/test_live_quality.py -s

Plays the val and test clips of a finished pipeline (`ISLR_BENCHMARK_DATA`, its data folder; by default this one's),
each signer's in a row with rests between, to the exported model. On the drawn sample all is easy; the figures that
count come from real clips.
"""

from dataclasses import asdict

import numpy as np
import pytest

from tests.benchmarks import live_quality
from tests.benchmarks.live_quality import Player, judge
from tests.benchmarks.test_serving import say

RATES = (10, 15, 25, 60)


@pytest.fixture(scope="module", params=[None, 0.0], ids=["threshold as served", "every sign committed"])
def player(data, request) -> Player:
    return Player(data / "export", request.param)


@pytest.mark.parametrize("fps", RATES)
def test_signs_with_rests_between(player, heldout, fps):
    found = judge(player, heldout, fps)
    say(f"\n{fps:2} fps  " + "  ".join(f"{k} {v:.3g}" for k, v in asdict(found).items()))
    assert found.boundary_f1 > 0.85
    assert found.right > 0.75 * found.isolated_right
    assert found.to_commit_p95 <= 0.4 + 2 / fps


@pytest.mark.parametrize("kind", ["idle", "fidgeting"])
@pytest.mark.parametrize("fps", RATES)
def test_false_commits_a_minute(player, heldout, fps, kind):
    rng, commits, bodies = np.random.default_rng(0), [], [clips[0] for clips in heldout.clips.values()][:10]
    for body in bodies:
        shown = player.play(getattr(live_quality, kind)(body, fps, 60, rng), body.aspect)
        commits.append(sum(s.gloss is not None for s in shown))
    say(f"\n{fps:2} fps  {kind}: {np.mean(commits):.2f} false commits a minute over {len(bodies)} people")
    if kind == "idle":
        assert np.mean(commits) <= 0.5
