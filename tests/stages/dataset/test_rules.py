"""Rules exclude single bad clips, warn, and stop where too much is wrong."""

import re
from dataclasses import replace

import numpy as np
import pytest

from bentos.contract.skeleton import HANDS
from tests.stages import corpora, validation
from tests.stages.validation import hands_only, infinite, mirrored, swapped, without_hands, zero_hands

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


def same_content(clips):
    return [replace(clips[0], sha256=clips[4].sha256), *clips[1:]]


def infinite_everywhere(clips):
    return [infinite(clip) for clip in clips]


def no_hands(clips):
    return [without_hands(clip) for clip in clips]


def one_gloss(clips):
    return [replace(clip, gloss="book") for clip in clips]


def each(change, *more):
    """Change all clips, by one function after the other."""

    def spoil(clips):
        for way in (change, *more):
            clips = [way(clip) for clip in clips]
        return clips

    return spoil


def no_train(clips):
    return [replace(clip, split="val") for clip in clips]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (same_content, "No clip (same content) is in two subsets (1 of 89; found 2; 00000 + 00004)"),
        (infinite_everywhere, "had to be excluded"),
        (no_hands, "Hands are seen in at least 40% of all frames"),
        (one_gloss, "At least 2 glosses (found 1)"),
        (each(zero_hands), "What was not seen is NaN, not 0 or another constant (90 of 90"),
        (each(swapped), "Hands are at their own wrists (90 of 90"),
        (each(mirrored), "The left shoulder is on the picture's right (90 of 90"),
        (each(swapped, hands_only), "Most clips have their thumbs where hands of their side have them (found 0)"),
        (each(mirrored, hands_only), "Most clips have their thumbs where hands of their side have them (found 0)"),
        (no_train, "There are train clips (found 0)"),
        (lambda clips: clips[:10], "At least 20 usable clips (found 10)"),
    ],
)
def test_unfit_clips_stop_with_a_report(bench, spoil, says):
    code, logged = bench.run(spoil(corpora.clips()))
    assert code == 1
    assert says in logged
    assert "Stopped:" in bench.html
    assert not (bench.folder / "data" / "valid.parquet").exists()
