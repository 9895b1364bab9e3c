"""split: only valid clips and glosses that can be trained go on; errors that help."""

import numpy as np
import pytest

from stages import split
from stages.dataset.splits import SplitError
from tests.stages import corpora
from tests.stages.splitting import corpus, select


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


def test_same_input_gives_the_same_files(run_split, tmp_path):
    def contents():
        return {path.name: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    run_split(*corpus())
    first = contents()
    run_split(*corpus())
    assert contents() == first


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
def test_broken_files_end_with_one_sentence(run_split, tmp_path, spoil, says):
    run_split(*corpus())
    spoil(tmp_path / "data")
    with pytest.raises(SystemExit, match=says):
        split.main()


def test_nothing_usable_ends_with_one_sentence(run_split):
    manifest, valid = corpus()
    with pytest.raises(SystemExit, match="glosses are left"):
        run_split(manifest, valid.assign(video_id=[f"x{n}" for n in range(90)]))
