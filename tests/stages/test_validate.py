"""validate: good data passes, single bad clips are set aside, drift is told."""

import hashlib
from contextlib import closing

from stages.corpus.duplicates import resolve_duplicates
from stages.corpus.imported import ImportedLandmarks
from tests.stages import corpora
from tests.stages.validation import rewrite


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
    )
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


def test_a_failure_leaves_no_list_of_an_earlier_run(bench):
    code, _ = bench.run()
    assert code == 0
    assert (bench.folder / "data" / "valid.parquet").exists()
    code, _ = bench.run(spoil=rewrite(split="dev"))
    assert code == 1
    assert not (bench.folder / "data" / "valid.parquet").exists()
