"""validate: good data passes, single bad clips are set aside, drift is told."""

import hashlib
from contextlib import closing
from dataclasses import replace

import numpy as np
import pandas as pd

from stages.corpus.duplicates import resolve_duplicates
from stages.corpus.imported import ImportedLandmarks
from tests.stages import corpora
from tests.stages.validation import BASE, rewrite


def test_good_data_passes(bench):
    code, logged = bench.run()
    assert code == 0
    assert bench.metrics["clips"]["valid"] == 90
    assert bench.metrics["checks"] == {"passed": bench.metrics["checks"]["passed"], "stopped": 0, "warned": 0}
    assert list(bench.valid["video_id"]) == [clip.video_id for clip in corpora.clips()]
    assert bench.valid["trainable"].all()
    assert "90 clips of 6 glosses are valid" in logged
    assert "Passed: every rule is met" in bench.html


def test_same_data_gives_the_same_files(bench, tmp_path):
    names = (
        "data/valid.parquet",
        "reports/validation.json",
        "reports/landmark_statistics.json",
        "reports/validation.html",
        "reports/suspect_labels.csv",
        "reports/near_twins.csv",
    )
    (bench.folder / "data").mkdir()
    (bench.folder / "data" / "base").symlink_to(BASE)
    bench.run()
    first = [(tmp_path / name).read_bytes() for name in names]
    bench.run()
    assert [(tmp_path / name).read_bytes() for name in names] == first


def test_real_hands_only_landmarks_pass(bench, wlasl_dir):
    with closing(ImportedLandmarks(wlasl_dir / "wlasl1000-hands-trainval.npz")) as source:
        clips = []
        for told in source.clips[:200]:
            points = source.read(told.video_id)
            fields = {
                "video_id": told.video_id,
                "gloss": told.gloss,
                "split": told.split,
                "fps": told.fps,
                "signer": "",
            }
            content = {"landmarks": points, "sha256": hashlib.sha256(points.tobytes()).hexdigest()}
            clips.append(corpora.clip(0, **fields, **content, width=0, height=0))
    listed, _ = resolve_duplicates(corpora.manifest(clips))
    code, logged = bench.run([clip for clip in clips if clip.video_id in set(listed["video_id"])], listed)
    assert code == 0
    assert bench.metrics["clips"]["valid"] == len(listed) > 150
    assert bench.metrics["clips"]["excluded"] == 0
    assert 0.5 < bench.metrics["seen"]["hand_share"] < 0.9
    assert "The pose is seen" in logged


def test_clips_are_compared_and_none_is_left_out(bench):
    clips = corpora.clips()
    first = clips[0].landmarks
    noisy = first + np.random.default_rng(0).normal(0, 0.001, first.shape).astype(np.float16)
    other = {"video_id": "twin", "gloss": "go", "split": "val", "signer": "dora", "sha256": "twin"}
    clips.append(replace(clips[0], **other, landmarks=noisy))
    (bench.folder / "data").mkdir()
    (bench.folder / "data" / "base").symlink_to(BASE)
    code, logged = bench.run(clips)
    assert code == 0
    twins = pd.read_csv(bench.folder / "reports" / "near_twins.csv", dtype=str)
    assert list(twins[["train_clip", "clip"]].iloc[0]) == ["00000", "twin"]
    suspects = pd.read_csv(bench.folder / "reports" / "suspect_labels.csv", dtype=str)
    assert f"{len(suspects)} of 91 clips have a suspect label" in logged
    assert f"{len(twins)} pairs" in logged
    assert "Near twins across subsets" in bench.html
    assert bench.valid["trainable"].all()
    assert len(bench.valid) == 91


def test_without_a_base_model_the_stage_goes_on(bench):
    code, logged = bench.run()
    assert code == 0
    assert "not looked for: the base model cannot be used" in logged
    assert "Not looked for" in bench.html
    for name in ("suspect_labels.csv", "near_twins.csv"):
        assert len((bench.folder / "reports" / name).read_text().splitlines()) == 1


def test_a_failure_leaves_no_list_of_an_earlier_run(bench):
    code, _ = bench.run()
    assert code == 0
    assert (bench.folder / "data" / "valid.parquet").exists()
    code, _ = bench.run(spoil=rewrite(split="dev"))
    assert code == 1
    assert not (bench.folder / "data" / "valid.parquet").exists()
    assert not (bench.folder / "reports" / "suspect_labels.csv").exists()
