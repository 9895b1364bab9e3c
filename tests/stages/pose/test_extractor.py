"""The extractor gives MediaPipe's points in the skeleton's rows, the same each time."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest
from mediapipe.python.solutions.holistic import Holistic

from bentos.contract.skeleton import FACE, FACE_INDICES, HANDS, LEFT_HAND, POSE, POSE_INDICES, RIGHT_HAND
from stages.corpus.drawn.sample import render_clip
from stages.corpus.drawn.signer import CAST
from stages.pose.extractor import ExtractorSettings, HolisticExtractor

SETTINGS = ExtractorSettings()
EVERYTHING = ExtractorSettings(skip_hidden_hands=False, face_every=1, pose_every=1)
FRAMES = 12


@pytest.fixture(scope="module")
def frames() -> list[np.ndarray]:
    pictures = render_clip("deaf", CAST[0])[0][:FRAMES, :, :, ::-1]  # one hand signs, the other rests out of sight
    return [np.ascontiguousarray(picture) for picture in pictures]


@pytest.fixture(scope="module")
def landmarks(frames) -> np.ndarray:
    return HolisticExtractor(SETTINGS)(frames)


def test_a_second_clip_knows_nothing_of_the_first(frames, landmarks) -> None:
    extractor = HolisticExtractor(SETTINGS)
    extractor([np.ascontiguousarray(frame[:, ::-1]) for frame in frames[:4]])
    np.testing.assert_array_equal(extractor(frames), landmarks)


def test_every_model_on_every_frame_is_holistic_bit_for_bit(frames) -> None:
    nobody = np.zeros_like(frames[0])
    clip = [*frames[:4], nobody, nobody, *frames[4:8]]  # whoever is lost is searched anew
    np.testing.assert_array_equal(HolisticExtractor(EVERYTHING)(clip), by_mediapipe(clip))


def by_mediapipe(clip: list[np.ndarray]) -> np.ndarray:
    """What MediaPipe's own class finds, (frames, 180, 3)."""
    points = np.full((len(clip), 180, 3), np.nan, np.float32)
    with Holistic(refine_face_landmarks=True) as holistic:
        for row, picture in zip(points, clip, strict=True):
            found = holistic.process(picture)
            for part, landmarks, indices in (
                (LEFT_HAND, found.left_hand_landmarks, range(21)),
                (RIGHT_HAND, found.right_hand_landmarks, range(21)),
                (POSE, found.pose_landmarks, POSE_INDICES),
                (FACE, found.face_landmarks, FACE_INDICES),
            ):
                if landmarks:
                    row[part] = [(p.x, p.y, p.z) for p in (landmarks.landmark[index] for index in indices)]
    return points.astype(np.float16)


def test_hidden_hands_are_left_out_without_touching_the_rest(frames) -> None:
    everything = HolisticExtractor(EVERYTHING)(frames)
    found = HolisticExtractor(dataclasses.replace(EVERYTHING, skip_hidden_hands=True))(frames)
    for part in (POSE, FACE):
        np.testing.assert_array_equal(found[:, part], everything[:, part])
    seen = ~np.isnan(found[:, HANDS])
    assert seen.sum() >= 0.9 * (~np.isnan(everything[:, HANDS])).sum() > 0
    np.testing.assert_array_equal(found[:, HANDS][seen], everything[:, HANDS][seen])


def test_what_is_interpolated_stays_close_to_holistic(frames, landmarks) -> None:
    everything = HolisticExtractor(EVERYTHING)(frames).astype(np.float32)
    apart = np.abs(landmarks.astype(np.float32) - everything)[:, :, :2]
    for part, tolerance in ((HANDS, 0.004), (POSE, 0.005), (FACE, 0.002)):
        both = apart[:, part][~np.isnan(apart[:, part])]
        assert both.size > 0.9 * (~np.isnan(everything[:, part, :2])).sum()
        assert both.mean() < tolerance


def test_no_frames_give_no_rows() -> None:
    assert HolisticExtractor(SETTINGS)([]).shape == (0, 180, 3)


def test_the_signing_hand_is_found_on_its_side(landmarks) -> None:
    shares = [(~np.isnan(landmarks[:, hand, 0])).all(axis=1).mean() for hand in (LEFT_HAND, RIGHT_HAND)]
    assert max(shares) > 0.5


def test_the_fingerprint_changes_with_every_setting() -> None:
    changed = [
        dataclasses.replace(SETTINGS, **change)
        for change in (
            {"min_detection_confidence": 0.4},
            {"min_tracking_confidence": 0.4},
            {"max_side": 1},
            {"skip_hidden_hands": False},
            {"face_every": 1},
            {"pose_every": 1},
        )
    ]
    assert len({settings.fingerprint for settings in [SETTINGS, *changed]}) == len(changed) + 1


def test_tensorflow_stays_out_of_the_worker() -> None:
    code = (
        "import sys; from stages.pose.extractor import *; HolisticExtractor(ExtractorSettings()); "
        "sys.exit('tensorflow' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
