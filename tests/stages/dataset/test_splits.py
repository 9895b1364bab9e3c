"""Glosses that are asked for, samples that are nested, signers who stay apart."""

import numpy as np
import pandas as pd
import pytest

from stages.dataset.splits import SplitError, first_samples
from tests.stages import corpora
from tests.stages.splitting import corpus, select


def test_max_labels_counts_places_of_the_official_order():
    manifest, valid = corpus()
    assert select(manifest, valid, max_labels=3).labels == ["book", "drink", "computer"]
    manifest["label"] += 1  # the first official gloss has no clip at all
    assert select(manifest, valid, max_labels=3).labels == ["book", "drink"]


def test_order_of_rows_stands_in_for_a_missing_label():
    manifest, valid = corpus()
    shuffled = manifest.drop(columns="label").sort_values("gloss", kind="stable")
    assert select(shuffled, valid, max_labels=2).labels == ["before", "book"]


def test_chosen_labels_keep_the_official_order_and_ignore_max_labels():
    manifest, valid = corpus()
    assert select(manifest, valid, chosen_labels=["go", "book", "go"], max_labels=2).labels == ["book", "go"]


def test_unknown_chosen_label_is_named_with_a_proposal():
    with pytest.raises(SplitError, match=r"'bok' \(did you mean book") as error:
        select(*corpus(), chosen_labels=["bok", "go", "zzz"])
    assert "'zzz'" in str(error.value)


def test_samples_are_nested_and_stay_when_clips_are_added():
    manifest, _ = corpus()
    few, more = (set(manifest["video_id"][first_samples(manifest, n, seed=1)]) for n in (1, 3))
    assert few < more
    longer = pd.concat([manifest, manifest.iloc[:1].assign(video_id="99999")])
    again = set(longer["video_id"][first_samples(longer, 3, seed=1)])
    assert len(more - again) <= 1
    other = set(manifest["video_id"][first_samples(manifest, 1, seed=2)])
    assert other != few


def crowd(signers=20, count=800, seed=0):
    """A corpus with signers of unequal diligence, spread over the official subsets."""
    rng = np.random.default_rng(seed)
    share = rng.dirichlet(np.full(signers, 0.8))
    manifest, valid = corpus(count)
    manifest["signer"] = [f"s{n}" for n in rng.choice(signers, count, p=share)]
    manifest["gloss"] = rng.choice(corpora.GLOSSES, count)
    manifest["label"] = manifest["gloss"].map(corpora.GLOSSES.index)
    return manifest, valid


@pytest.mark.parametrize("seed", range(5))
def test_no_signer_is_in_two_subsets(seed):
    result = select(*crowd(seed=seed), strategy="signer", seed=seed)
    assert (result.clips.groupby("signer")["split"].nunique() == 1).all()
    shares = result.clips["split"].value_counts(normalize=True)
    assert shares["train"] > 0.5
    assert 0.05 < shares["val"] < 0.3
    assert 0.05 < shares["test"] < 0.3
    assert result.clips.groupby("split")["gloss"].nunique().eq(6).all()


def test_signer_split_is_repeatable_and_follows_its_seed():
    def subsets(seed):
        return select(*crowd(), strategy="signer", seed=seed).clips.set_index("video_id")["split"]

    assert subsets(1).equals(subsets(1))
    assert any(not subsets(1).equals(subsets(seed)) for seed in range(2, 6))


def test_unknown_signers_are_left_out():
    manifest, valid = crowd()
    manifest.loc[:9, "signer"] = ["", "-1", "unknown", None, *[""] * 6]
    result = select(manifest, valid, strategy="signer")
    assert result.left_out["signer unknown"] == 10
    assert any("10 clips are left out" in note for note in result.notes)


def test_copies_cannot_be_in_two_subsets():
    manifest, valid = crowd()
    valid.loc[1, "landmarks_hash"] = valid.loc[0, "landmarks_hash"]
    result = select(manifest, valid, strategy="signer")
    assert len({"00000", "00001"} & set(result.clips["video_id"])) == 1


@pytest.mark.parametrize(("signers", "says"), [("", "needs to know the signers"), ("anna", "at least 3 signers")])
def test_too_few_signers_stop(signers, says):
    manifest, valid = corpus()
    with pytest.raises(SplitError, match=says):
        select(manifest.assign(signer=signers), valid, strategy="signer")


def test_three_signers_are_enough():
    manifest, valid = corpus()
    result = select(manifest.assign(signer=[f"s{n % 3}" for n in range(90)]), valid, strategy="signer")
    assert set(result.clips.groupby("split")["signer"].nunique()) == {1}
