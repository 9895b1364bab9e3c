"""split: glosses and clips that are asked for, subsets that do not leak, statistics that add up, errors that help."""

import json
import logging
import re

import numpy as np
import pandas as pd
import pytest

from stages import split
from stages.dataset.splits import SplitError, first_samples
from stages.tracking import filling
from tests.stages import corpora

MEASURED = ("duration", "hand_share", "left_hand_share", "right_hand_share", "pose_share", "face_share")
PNG = b"\x89PNG\r\n\x1a\n"


def corpus(count=90, **changes):
    """Manifest and valid clips as the stages before would write them."""
    rows = []
    for number in range(count):
        signer = list(corpora.SIGNERS)[number % 5]
        gloss = corpora.GLOSSES[number // 5 % 6]
        rows.append((f"{number:05d}", gloss, corpora.GLOSSES.index(gloss), corpora.SIGNERS[signer], signer, "web"))
    manifest = pd.DataFrame(rows, columns=["video_id", "gloss", "label", "split", "signer", "source"]).assign(**changes)
    valid = pd.DataFrame({"video_id": manifest["video_id"], "trainable": True})
    valid["frames"] = 30 + np.arange(count) % 25
    valid["fps"] = 25.0
    for name in MEASURED:
        valid[name] = 0.5
    valid["landmarks_hash"] = valid["video_id"]
    return manifest, valid


def select(manifest, valid, **params):
    return split.select(manifest, valid, split.Params(**params))


def test_official_split_is_the_manifests():
    manifest, valid = corpus()
    result = select(manifest, valid)
    assert result.labels == list(corpora.GLOSSES)
    assert result.clips["split"].tolist() == manifest["split"].tolist()
    assert [result.labels[label] for label in result.clips["label"]] == result.clips["gloss"].tolist()
    assert result.clips["label"].dtype == np.int32
    assert not result.notes


def test_only_valid_clips_go_on():
    manifest, valid = corpus()
    valid.loc[[0, 4], "trainable"] = False  # a train and a test clip
    result = select(manifest, valid.iloc[:-1])
    assert set(manifest["video_id"]) - set(result.clips["video_id"]) == {"00000", "00089"}
    assert result.left_out == {"did not pass validate": 1, "passed validate, but not for training": 1}


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


@pytest.mark.parametrize(
    "bad", [{"chosen_labels": ["book"]}, {"max_labels": 1}, {"max_samples": 0}, {"strategy": "random"}, {"nope": 1}]
)
def test_parameters_that_make_no_sense_are_refused(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        split.Params(**bad)


def test_max_samples_counts_by_gloss_and_subset():
    manifest, valid = corpus()
    result = select(manifest, valid, max_samples=2)
    assert set(result.clips.groupby(["gloss", "split"]).size()) == {2}
    assert result.left_out == {"more than max_samples": 90 - 36}


def test_samples_are_nested_and_stay_when_clips_are_added():
    manifest, _ = corpus()
    few, more = (set(manifest["video_id"][first_samples(manifest, n, seed=1)]) for n in (1, 3))
    assert few < more
    longer = pd.concat([manifest, manifest.iloc[:1].assign(video_id="99999")])
    again = set(longer["video_id"][first_samples(longer, 3, seed=1)])
    assert len(more - again) <= 1
    other = set(manifest["video_id"][first_samples(manifest, 1, seed=2)])
    assert other != few


def test_gloss_without_train_clips_is_left_out_with_a_warning():
    manifest, valid = corpus()
    lonely = manifest["gloss"].eq("chair") & manifest["split"].eq("train")
    result = select(manifest[~lonely], valid)
    assert "chair" not in result.labels
    assert "chair" not in set(result.clips["gloss"])
    assert result.clips["label"].max() == len(result.labels) - 1 == 4
    assert any("chair" in note and "no train clip" in note for note in result.notes)


def test_min_clips():
    manifest, valid = corpus()
    few = manifest[~(manifest["gloss"].eq("go") & manifest["split"].eq("train") & (manifest.index > 30))]
    assert "go" in select(few, valid).labels
    assert "go" not in select(few, valid, min_clips=5).labels


def test_empty_test_warns_and_empty_val_stops():
    manifest, valid = corpus()
    result = select(manifest[manifest["split"].ne("test")], valid)
    assert any("No test clip is left" in note for note in result.notes)
    with pytest.raises(SplitError, match="no val clip is left"):
        select(manifest[manifest["split"].ne("val")], valid)


def test_too_few_glosses_stop():
    manifest, valid = corpus()
    with pytest.raises(SplitError, match="1 glosses are left"):
        select(manifest[manifest["gloss"].eq("book")], valid)


# ---- signers apart


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


# ---- the stage


@pytest.fixture
def run(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)

    def start(manifest, valid, params=""):
        (tmp_path / "data").mkdir(exist_ok=True)
        manifest.to_parquet(tmp_path / "data" / "manifest.parquet")
        valid.to_parquet(tmp_path / "data" / "valid.parquet")
        (tmp_path / "params.yaml").write_text(f"split:\n  seed: 0\n{params}")
        with caplog.at_level(logging.INFO):
            split.main()
        return tmp_path

    return start


def test_files(run, caplog):
    manifest, valid = corpus()
    folder = run(manifest, valid)
    clips = pd.read_parquet(folder / "data" / "splits.parquet")
    assert list(clips) == ["video_id", "gloss", "label", "split", "signer", "source"]
    assert len(clips) == 90
    assert json.loads((folder / "data" / "labels.json").read_text()) == list(corpora.GLOSSES)
    reports = folder / "reports" / "split"
    pictures = {"videos_per_gloss", "length_histogram", "length_boxes", "coverage_by_source", "word_cloud"}
    assert {path.stem for path in reports.glob("*.png")} == pictures
    assert all(path.read_bytes().startswith(PNG) for path in reports.glob("*.png"))
    page = (reports / "split.html").read_text()
    assert not re.search(r"https?://|<link|<script|src=\"(?!data:)", page)
    assert page.count("data:image/png;base64,") == 5
    assert "6 glosses, 90 clips: 54 train, 18 val, 18 test" in caplog.text


def test_statistics_are_those_of_the_clips(run):
    manifest, valid = corpus()
    reports = run(manifest, valid) / "reports" / "split"
    document = json.loads((reports / "statistics.json").read_text())
    train = valid.loc[manifest["split"].eq("train"), "frames"]
    found = document["subsets"]["train"]["frames"]
    assert found == pytest.approx(
        {"mean": train.mean(), "std": train.std(), "min": train.min(), "max": train.max()}, abs=1e-3
    )
    assert document["subsets"]["all"]["videos"] == 90
    assert document["signers_in_several_subsets"] == 0
    table = pd.read_csv(reports / "subsets.csv", index_col="subset")
    assert table.loc["train", "frames_mean"] == pytest.approx(train.mean(), rel=1e-3)
    glosses = pd.read_csv(reports / "glosses.csv")
    assert glosses["gloss"].tolist() == list(corpora.GLOSSES)
    assert glosses[["train", "val", "test"]].sum().tolist() == [54, 18, 18]


def test_counts_are_what_tracking_logs(run):
    assert filling.counts() == {}
    run(*corpus())
    logged = filling.counts()
    assert (logged["data_train_videos"], logged["data_val_videos"], logged["data_test_videos"]) == (54, 18, 18)
    assert (logged["data_all_glosses"], logged["data_train_signers"]) == (6, 3)
    assert logged["data_all_frames_mean"] == pytest.approx(30 + np.mean(np.arange(90) % 25), abs=1e-3)


def test_same_input_gives_the_same_files(run, tmp_path):
    def contents():
        return {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    run(*corpus())
    first = contents()
    run(*corpus())
    assert contents() == first


def test_a_missing_subset_is_drawn_as_such(run):
    manifest, valid = corpus()
    folder = run(manifest[manifest["split"].ne("test")], valid)
    document = json.loads((folder / "reports" / "split" / "statistics.json").read_text())
    assert document["subsets"]["test"]["videos"] == 0
    assert document["subsets"]["test"]["frames"] == {"mean": None, "std": None, "min": None, "max": None}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: (data / "valid.parquet").unlink(), "valid.parquet not found: run `dvc repro --force validate`"),
        (lambda data: (data / "manifest.parquet").write_bytes(b"junk"), "manifest.parquet cannot be read"),
        (
            lambda data: corpus()[1].drop(columns="trainable").to_parquet(data / "valid.parquet"),
            "valid.parquet lacks trainable",
        ),
    ],
)
def test_broken_files_end_with_one_sentence(run, tmp_path, spoil, says):
    run(*corpus())
    spoil(tmp_path / "data")
    with pytest.raises(SystemExit, match=says):
        split.main()


def test_nothing_usable_ends_with_one_sentence(run):
    manifest, valid = corpus()
    with pytest.raises(SystemExit, match="glosses are left"):
        run(manifest, valid.assign(video_id=[f"x{n}" for n in range(90)]))
