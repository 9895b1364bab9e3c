"""Labels that are exchanged on purpose are found; what cannot be judged is left alone."""

import numpy as np
import pandas as pd
import pytest

from stages.dataset import suspects


def corpus(glosses=10, each=8, spread=0.05):
    """Clips that lie about the place of their gloss, the first of each in val."""
    rng = np.random.default_rng(0)
    places = np.repeat(rng.normal(size=(glosses, 32)), each, axis=0) / np.sqrt(32)
    vectors = places + rng.normal(scale=spread, size=places.shape)
    names = np.repeat([f"gloss{i}" for i in range(glosses)], each)
    clips = pd.DataFrame({"video_id": [f"{i:05d}" for i in range(len(names))], "gloss": names})
    clips["split"] = np.where(np.arange(len(names)) % each, "train", "val")
    return clips, (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_exchanged_labels_are_found_and_no_others():
    clips, vectors = corpus()
    wrong = {3: "gloss7", 16: "gloss5", 42: "gloss0"}
    truth = clips["gloss"].copy()
    clips.loc[list(wrong), "gloss"] = list(wrong.values())
    found = suspects.suspects(clips, vectors).set_index("video_id")
    assert set(found.index) == {f"{i:05d}" for i in wrong}
    for i, gloss in wrong.items():
        row = found.loc[f"{i:05d}"]
        assert (row["gloss"], row["looks_like"]) == (gloss, truth[i])
        assert row["quality"] < 0.1 < 0.5 < row["likelihood"]
    assert found.loc["00016", "split"] == "val"
    assert "counted as wrong" in found.loc["00016", "advice"]
    assert "correct its gloss" in found.loc["00003", "advice"]


def test_right_labels_give_no_suspect():
    assert suspects.suspects(*corpus()).empty


def test_a_clip_that_looks_like_nothing_is_no_suspect():
    clips, vectors = corpus()
    vectors[3] = -vectors.mean(axis=0) / np.linalg.norm(vectors.mean(axis=0))
    assert suspects.suspects(clips, vectors).empty


def test_a_gloss_of_one_clip_is_not_judged():
    clips, vectors = corpus()
    clips.loc[5, "gloss"] = "alone"
    assert suspects.judged(clips).sum() == len(clips) - 1
    assert suspects.suspects(clips, vectors).empty


@pytest.mark.parametrize(("glosses", "each"), [(1, 8), (0, 0), (6, 1)])
def test_where_nothing_can_be_compared(glosses, each):
    clips, vectors = corpus(max(glosses, 1), max(each, 1))
    found = suspects.suspects(clips[: glosses * each], vectors[: glosses * each])
    assert found.empty
    assert tuple(found.columns) == suspects.COLUMNS


def test_probabilities_leave_the_clip_itself_out():
    clips, vectors = corpus(each=2)
    labels = pd.factorize(clips["gloss"])[0]
    vectors[0] = -vectors[1]  # only itself speaks for its gloss
    likely = suspects.probabilities(labels, vectors)
    np.testing.assert_allclose(likely.sum(axis=1), 1, rtol=1e-5)
    assert likely[0, 0] == likely[0].min()
    assert (likely.argmax(axis=1) == labels)[2:].all()
