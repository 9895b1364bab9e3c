"""What the gate lets through, on models that are made up of nothing but their answers."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest

from bentos.contract import integrity
from stages.tracking import gate
from stages.tracking.gate import Limits

GLOSSES = ["book", "drink", "chair"]


class Model:
    """Right for some clips; clip number i holds i."""

    def __init__(self, labels, right, sure=0.9):
        self.labels, self.right, self.sure = list(labels), right, sure

    def predict(self, clip, fps, aspect):
        number, gloss = clip
        rest = (1 - self.sure) / (len(self.labels) - 1)
        answer = np.full(len(self.labels), rest, np.float32)
        place = self.labels.index(gloss) if gloss in self.labels else 0
        answer[place if self.right(number, gloss) else (place + 1) % len(self.labels)] = self.sure
        return answer


class Clips:
    """Clips of each gloss in turn."""

    def __init__(self, n=60, glosses=GLOSSES):
        names = [glosses[i % len(glosses)] for i in range(n)]
        self.clips = pd.DataFrame({"video_id": [str(i) for i in range(n)], "gloss": names, "aspect": 1.0})

    def __getitem__(self, i):
        return i, self.clips["gloss"][i]


def verdict(new, old, clips=None, limits=None, seen=frozenset()):
    clips, limits = clips or Clips(), limits or Limits()
    indices, wrong = gate.comparable(new, old, set(seen), clips, limits)
    if wrong:
        return False, wrong
    return gate.judge(gate.compare(new, old, clips, indices, 25), limits)


def right(share):
    return lambda i, _: (i * 7) % 100 < 100 * share


def test_equal_and_better_pass_worse_does_not():
    old = Model(GLOSSES, right(0.8), 0.8)
    assert verdict(Model(GLOSSES, right(0.8), 0.8), old)[0]
    assert verdict(Model(GLOSSES, right(0.9), 0.9), old)[0]
    passed, reason = verdict(Model(GLOSSES, right(0.5), 0.5), old)
    assert not passed
    assert "worse than Production" in reason
    assert "on 60 held-out clips" in reason


def test_a_tiny_loss_passes_only_where_many_clips_make_sure_that_it_is_tiny():
    old, new = Model(GLOSSES, lambda *_: True), Model(GLOSSES, lambda i, _: i % 1000 != 0)
    assert verdict(new, old, Clips(6000))[0]
    few = Model(GLOSSES, lambda i, _: i != 0)
    assert not verdict(few, old, Clips(30))[0]
    assert verdict(few, old, Clips(30), Limits(tolerance=0.2))[0]


def test_a_gloss_that_falls_is_seen_though_the_whole_is_better():
    old = Model(GLOSSES, lambda i, g: g == "book" or i % 2)
    new = Model(GLOSSES, lambda i, g: g != "book" or i % 2)
    passed, reason = verdict(new, old)
    assert not passed
    assert "book fell from 100% to 50% of 20 clips" in reason
    assert verdict(new, old, limits=Limits(gloss_clips=21))[0]


def test_worse_calibration_is_seen():
    passed, reason = verdict(Model(GLOSSES, right(0.5), 0.99), Model(GLOSSES, right(0.5), 0.55))
    assert not passed
    assert "calibration error rose" in reason


def test_more_glosses_are_compared_on_those_that_both_know():
    clips = Clips(60, [*GLOSSES, "new"])
    new = Model([*GLOSSES, "new"], lambda _, g: g != "new")
    old = Model(GLOSSES, lambda *_: True)
    passed, reason = verdict(new, old, clips)
    assert passed
    assert "on 45 held-out clips" in reason


def test_fewer_glosses_need_a_person():
    new, old = Model(GLOSSES[:2], lambda *_: True), Model(GLOSSES, lambda *_: True)
    passed, reason = verdict(new, old)
    assert not passed
    assert "no longer knows 1 of 3 glosses (chair)" in reason
    assert verdict(new, old, limits=Limits(fewer_glosses=True))[0]


def test_other_glosses_altogether_cannot_be_compared():
    passed, reason = verdict(Model(["a", "b"], right(1)), Model(GLOSSES, right(1)), limits=Limits(fewer_glosses=True))
    assert not passed
    assert "nothing in common" in reason


def test_clips_that_production_learnt_from_do_not_count():
    old, new = Model(GLOSSES, lambda *_: True), Model(GLOSSES, lambda i, _: i >= 30)
    assert not verdict(new, old)[0]
    passed, reason = verdict(new, old, seen={str(i) for i in range(30)})
    assert passed
    assert "on 30 held-out clips" in reason


def test_paired_bootstrap_knows_pairs():
    rng = np.random.default_rng(0)
    old = rng.random(400) < 0.7
    new = old | (rng.random(400) < 0.1)
    low, high = gate.paired_bootstrap(new, old)
    assert 0 < low < (new.mean() - old.mean()) < high < 0.08


@pytest.mark.parametrize(
    ("limits", "said"), [(Limits(size_mb=0.001), "size_mb"), (Limits(latency_ms=0.001), "latency_ms")]
)
def test_budgets(in_project, limits, said):
    verdict = gate.examine(in_project / "data/export", None, None, in_project / "data/tensors", 25, limits)
    assert not verdict.passed
    assert said in verdict.reason


def test_file_that_changed_its_answers_is_stopped(in_project):
    code = in_project / "data/export/pose2gloss.py"
    code.write_text(code.read_text().replace("aspect)[0]\n", "aspect)[0][::-1]\n"))
    integrity.seal(code.parent)
    verdict = gate.examine(in_project / "data/export", None, None, in_project / "data/tensors", 25, Limits())
    assert not verdict.passed
    assert "it must not serve: clip 0 of golden.npz gives probabilities that differ" in verdict.reason


def test_broken_champion_is_no_crash(in_project, tmp_path):
    verdict = gate.examine(
        in_project / "data/export", tmp_path / "gone", "4", in_project / "data/tensors", 25, Limits()
    )
    assert not verdict.passed
    assert "version 4 in Production cannot be loaded" in verdict.reason


@pytest.mark.parametrize(
    ("new", "old", "said"), [("drawn", "ASL", "no ASL, and version 4 in Production knows ASL"), ("ASL", "ASL", "good")]
)
def test_language_comes_before_how_good_it_is(in_project, tmp_path, new, old, said):
    folders = []
    for number, language in enumerate((new, old)):
        shutil.copytree("data/export", tmp_path / str(number))
        folders.append(tmp_path / str(number))
        path = folders[-1] / "metadata.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | {"language": language}))
        integrity.seal(folders[-1])
    verdict = gate.examine(*folders, "4", in_project / "data/tensors", 25, Limits())
    assert verdict.passed == (new == "ASL")
    assert said in verdict.reason


def test_held_out_clips_are_val_and_test(in_project):
    clips = gate.held_out(in_project / "data/tensors")
    assert len(clips) == 24
    assert clips[23].shape[1:] == (180, 3)
