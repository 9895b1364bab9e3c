"""`resample` and `prepare`, which training and serving do alike before the graph, and the answers of the graph."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from stages.dataset.ragged import RaggedClips
from stages.serving_model.pose2gloss import Pose2Gloss, prepare, resample


def ramp(frames: int) -> np.ndarray:
    """Every coordinate is the frame's number."""
    return np.broadcast_to(np.arange(frames, dtype=np.float32)[:, None, None], (frames, 180, 3)).copy()


@pytest.mark.parametrize(("fps", "target", "frames"), [(30, 25, 26), (25, 25, 31), (24, 25, 32), (10, 25, 76)])
def test_resampling_keeps_the_time_of_every_frame(fps, target, frames):
    out = resample(ramp(31), fps, target)
    assert len(out) == frames
    np.testing.assert_allclose(out[:, 5, 1], np.arange(frames) * fps / target, atol=1e-4)


def test_resampling_takes_the_nearer_frame_where_one_side_was_not_seen():
    clip = ramp(3)
    clip[1, 7] = np.nan
    out = resample(clip, 10, 40)[:, 7, 0]  # at 0, ¼, ½, … of a frame
    np.testing.assert_array_equal(np.isnan(out), [0, 0, 1, 1, 1, 1, 0, 0, 0])
    np.testing.assert_allclose(out[[0, 1, 6, 7, 8]], [0, 0, 2, 2, 2])


def test_one_frame_stays_one_frame():
    assert resample(ramp(1), 60, 25).shape == (1, 180, 3)


@pytest.mark.parametrize(("fps", "target"), [(0, 25), (-1, 25), (float("nan"), 25), (25, 0)])
def test_a_frame_rate_that_is_none_is_refused(fps, target):
    with pytest.raises(ValueError, match="frames a second"):
        resample(ramp(3), fps, target)


def test_only_the_signing_is_kept():
    clip = ramp(40)
    clip[:7, :42] = np.nan
    clip[33:, :42] = np.nan
    clip[15:20] = np.nan  # a gap inside stays, since time goes on
    out = prepare(clip, 25)
    assert len(out) == 26
    assert out[0, 0, 0] == 7
    assert np.isnan(out[8:13]).all()


def test_a_clip_without_hands_is_left_whole():
    clip = ramp(12)
    clip[:, :42] = np.nan
    assert len(prepare(clip, 25)) == 12


def test_a_clip_that_is_too_long_is_compressed_from_end_to_end():
    out = prepare(ramp(500), 25, max_frames=195)
    assert len(out) == 195
    assert out[0, 0, 0] == 0
    assert out[-1, 0, 0] == 499


@pytest.mark.parametrize("shape", [(0, 180, 3), (5, 179, 3), (5, 540)])
def test_a_wrong_shape_is_refused(shape):
    with pytest.raises(ValueError, match="frame"):
        prepare(np.zeros(shape, np.float32), 25)


def test_input_is_not_changed():
    clip = ramp(20).astype(np.float16)
    before = clip.copy()
    prepare(clip, 30)
    np.testing.assert_array_equal(clip, before)


def test_times_of_an_even_rate_change_nothing():
    clip = ramp(31)
    np.testing.assert_allclose(resample(clip, 30, 25, np.arange(31) / 30), resample(clip, 30, 25), atol=1e-5)
    np.testing.assert_array_equal(prepare(clip, 30, 25, 195, ()), prepare(clip, 30, 25, 195))


def test_frames_at_changing_intervals_are_placed_by_their_times():
    times = [5.0, 5.04, 5.08, 5.28, 5.48]  # seconds from any start
    clip = np.zeros((5, 180, 3), np.float32) + (np.array(times) - 5)[:, None, None].astype(np.float32)
    out = resample(clip, 4 / 0.48, 25, times)
    np.testing.assert_allclose(out[:, 7, 0], np.arange(13) / 25, atol=1e-6)  # a point that says what time it is
    assert len(prepare(clip, 4 / 0.48, 25, 195, times)) == 13


@pytest.mark.parametrize("times", [[0, 0.1], [0, 0.1, 0.1], [0.2, 0.1, 0.3], [0, float("nan"), 1]])
def test_times_that_do_not_fit_are_refused(times):
    with pytest.raises(ValueError, match="times must be 3 rising numbers of seconds"):
        resample(ramp(3), 25, 25, times)


def test_a_clip_gives_the_same_answer_however_it_comes(in_project):
    """Frames in which nothing was seen, before and after, another frame rate, and other calls at the same time."""
    model = Pose2Gloss("data/export")
    test = RaggedClips.open("data/tensors/test")
    nothing = np.full((7, 180, 3), np.nan, np.float32)
    with ThreadPoolExecutor(4) as pool:
        alone = list(pool.map(lambda i: model.predict(test[i]), range(len(test))))
    for i in range(len(test)):
        np.testing.assert_allclose(model.predict(np.concatenate([nothing, test[i], nothing])), alone[i], atol=1e-6)
        twice = np.repeat(np.asarray(test[i], np.float32), 2, axis=0)
        assert model.predict(twice, fps=50).argmax() == alone[i].argmax()


@pytest.mark.parametrize(
    ("landmarks", "more", "said"),
    [
        (np.zeros((5, 21, 3)), {}, r"\(frames, 180, 3\)"),
        (np.zeros((0, 180, 3)), {}, "no frames"),
        (np.zeros((5, 180, 3)), {"fps": 0.0}, "fps"),
        (np.zeros((5, 180, 3)), {"aspect": float("nan")}, "aspect"),
    ],
)
def test_bad_input_is_told_apart(in_project, landmarks, more, said):
    with pytest.raises(ValueError, match=said):
        Pose2Gloss("data/export").predict(landmarks, **more)


def test_incomplete_folder_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"model\.tflite is missing"):
        Pose2Gloss(tmp_path)
