"""Summaries: shares, places and speeds against clips made so that the answer is known."""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from bentos.contract.skeleton import FACE, LEFT_HAND, LEFT_SHOULDER, POSE, RIGHT_HAND, RIGHT_SHOULDER
from stages.dataset.summaries import COLUMNS, landmarks_hash, summaries, summarise
from tests.stages.corpora import clip


def moving(frames=11, step=0.02, fps=25.0):
    """A right hand, a square of 0.1, that moves right by `step` a frame; shoulders 0.3 apart; no face."""
    points = np.full((frames, 180, 3), np.nan, dtype=np.float32)
    points[:, RIGHT_HAND] = 0.0
    points[:, RIGHT_HAND, 0] = 0.2 + 0.1 * (np.arange(21) % 2) + step * np.arange(frames)[:, None]
    points[:, RIGHT_HAND, 1] = 0.5 + 0.1 * (np.arange(21) // 11)
    points[:, POSE] = 0.5
    points[:, LEFT_SHOULDER, 0], points[:, RIGHT_SHOULDER, 0] = 0.65, 0.35
    return replace(clip(0), landmarks=points.astype(np.float32), fps=fps)


def test_shares():
    points = moving(frames=10).landmarks
    points[:4, RIGHT_HAND] = np.nan
    points[:2, LEFT_HAND] = 0.5
    row = summarise(replace(moving(), landmarks=points))
    assert (row["right_hand_share"], row["left_hand_share"], row["hand_share"]) == (0.6, 0.2, 0.8)
    assert (row["pose_share"], row["face_share"], row["partial"]) == (1.0, 0.0, 0.0)


def test_shape_and_speed():
    row = summarise(moving(frames=11, step=0.02, fps=25.0))
    assert row["duration"] == pytest.approx(11 / 25)
    assert row["hand_speed"] == pytest.approx(0.02 * 25, rel=1e-3)
    assert row["hand_size"] == pytest.approx(np.hypot(0.1, 0.1), rel=1e-3)
    assert row["shoulder_width"] == pytest.approx(0.3, rel=1e-3)
    assert row["hand_x"] == pytest.approx(0.2 + 0.1 * 10 / 21 + 0.1, rel=1e-3)
    assert (row["xy_min"], row["xy_max"]) == (pytest.approx(0.2), pytest.approx(0.65))


def test_infinite_values_are_counted_and_spoil_nothing_else():
    points = moving().landmarks
    points[5, 25, 0] = np.inf
    points[6, 25, 1] = -np.inf
    row = summarise(replace(moving(), landmarks=points))
    assert row["infinite"] == 2
    assert row["xy_max"] == pytest.approx(0.65)
    assert np.isfinite(row["hand_speed"])


def test_a_hand_seen_in_part_is_told():
    points = moving(frames=10).landmarks
    points[0, 25] = np.nan
    assert summarise(replace(moving(), landmarks=points))["partial"] == 0.1


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_nothing_seen_gives_nan_without_a_warning(frames):
    empty = replace(clip(0), landmarks=np.full((frames, 180, 3), np.nan, dtype=np.float16))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        row = summarise(empty)
    assert np.isnan([row["hand_speed"], row["hand_size"], row["shoulder_width"], row["xy_min"]]).all()
    assert row["frames"] == frames


def test_the_hash_tells_landmarks_apart():
    same, other = clip(1), clip(2)
    copy = replace(same, video_id="copy", sha256="x")
    assert summarise(same)["landmarks_hash"] == summarise(copy)["landmarks_hash"]
    assert summarise(same)["landmarks_hash"] != summarise(other)["landmarks_hash"]


@pytest.mark.parametrize("sides", [slice(None), slice(None, None, 3)], ids=["all frames", "some frames"])
def test_the_hash_knows_neither_sides_nor_body(sides):
    one = clip(1).landmarks
    other = one.copy()
    other[sides, :42] = np.concatenate([one[sides, 21:42], one[sides, :21]], axis=1)
    other[:, 42:48] = 0.5
    assert landmarks_hash(other) == landmarks_hash(one)
    other[np.flatnonzero(~np.isnan(other[:, 7, 0]))[0], 7, 0] += 0.01
    assert landmarks_hash(other) != landmarks_hash(one)


def test_without_hands_the_hash_is_of_what_is_seen():
    faces = [clip(n).landmarks for n in (1, 1, 2)]
    for face in faces:
        face[:, :42] = np.nan
    faces[2][:, 60] = 0.1
    assert landmarks_hash(faces[0]) == landmarks_hash(faces[1]) != landmarks_hash(faces[2])


def test_table_of_summaries():
    table = summaries(clip(n) for n in range(3))
    assert list(table) == list(COLUMNS)
    assert table["video_id"].tolist() == ["00000", "00001", "00002"]
    assert summaries([]).empty
    assert list(summaries([])) == list(COLUMNS)


def test_face_counts_as_seen():
    points = moving(frames=4).landmarks
    points[:1, FACE] = 0.5
    assert summarise(replace(moving(), landmarks=points))["face_share"] == 0.25
