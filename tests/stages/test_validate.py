"""validate: good data passes, single bad clips are set aside, drift is told."""

import hashlib
import re
import shutil
from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from bentos.contract.skeleton import FACE, HANDS
from stages.corpus.duplicates import resolve_duplicates
from stages.corpus.imported import ImportedLandmarks
from tests.stages import corpora, validation
from tests.stages.validation import Bench, without_hands


@pytest.fixture
def bench(tmp_path, monkeypatch, caplog):
    monkeypatch.chdir(tmp_path)
    return Bench(tmp_path, caplog)


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


def test_report_works_offline_and_has_figures(bench):
    bench.run()
    page = bench.html
    assert not re.search(r"https?://|<link|<script|@import|src=\"(?!data:)|url\(", page)
    assert page.count("data:image/png;base64,") == 2


BROKEN = {
    validation.infinite: "No infinite value",
    validation.out_of_range: "The highest x and y are -2 to 3",
    validation.too_short: "8 to 600 frames",
    validation.no_rate: "The frame rate is known",
    validation.odd_rate: "10 to 120 frames a second",
    validation.other_gloss: "Gloss is the manifest's",
    validation.zero_hands: "What was not seen is NaN, not 0 or another constant",
    validation.swapped: "Hands are at their own wrists",
    validation.mirrored: "The left shoulder is on the picture's right",
}


def test_broken_clips_are_excluded_and_named(bench):
    clips = corpora.clips()
    listed = corpora.manifest(clips)
    names = {}
    for place, (spoil, why) in enumerate(BROKEN.items(), start=5):
        clips[place] = spoil(clips[place])
        names[clips[place].video_id] = why
    code, logged = bench.run(clips, listed)
    assert code == 0
    assert set(bench.valid["video_id"]) == set(listed["video_id"]) - names.keys()
    assert bench.metrics["clips"]["excluded"] == len(BROKEN)
    for video_id, why in names.items():
        assert re.search(rf"{re.escape(why)} .*{video_id}", logged)
        row = re.search(rf"<td>{video_id}</td>.*?</tr>", bench.html, re.S).group()
        assert "<td>excluded</td>" in row


def test_clips_without_hands_are_not_trained_on_but_stay_in_test(bench):
    clips = corpora.clips()
    assert (clips[0].split, clips[4].split) == ("train", "test")
    clips[0], clips[4] = without_hands(clips[0]), without_hands(clips[4])
    code, _ = bench.run(clips)
    assert code == 0
    left = bench.valid.set_index("video_id")["trainable"]
    assert len(left) == 90
    assert set(left.index[~left]) == {clips[0].video_id, clips[4].video_id}
    assert bench.metrics["clips"]["train"] == 53
    assert bench.metrics["clips"]["test"] == 18


def test_train_clip_with_the_landmarks_of_a_test_clip_is_not_trained_on(bench):
    clips = corpora.clips()
    clips[0] = replace(clips[0], landmarks=clips[4].landmarks)
    code, logged = bench.run(clips)
    assert code == 0
    assert bench.valid.set_index("video_id")["trainable"].to_dict()[clips[0].video_id] is False
    assert bench.valid.set_index("video_id")["trainable"].to_dict()[clips[4].video_id] is True
    assert "very hands" in logged


def test_signer_in_two_subsets_and_lonely_gloss_only_warn(bench):
    clips = corpora.clips()
    clips[4] = replace(clips[4], signer="anna")
    clips[0] = replace(clips[0], gloss="walk")
    code, logged = bench.run(clips)
    assert code == 0
    assert bench.metrics["clips"]["valid"] == 90
    assert "No signer is in two subsets" in logged
    assert "anna" in logged
    assert "Every gloss has at least 5 train clips (1 of 7; found 1; walk)" in logged
    assert "Passed, with 4 warnings" in bench.html


def test_hands_only_landmarks_pass_with_a_warning(bench):
    def hands_only(clip):
        points = clip.landmarks.copy()
        points[:, HANDS.stop :] = np.nan
        return replace(clip, landmarks=points, width=0, height=0)

    code, logged = bench.run([hands_only(clip) for clip in corpora.clips()])
    assert code == 0
    assert bench.metrics["clips"]["valid"] == 90
    assert "The pose is seen in at least 80% of all frames" in logged
    assert "The face is seen" in logged
    assert "Picture" not in logged


# ---- drift


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
