"""Models run on the frames that need them; what lies between is interpolated, and nothing else changes."""

from dataclasses import dataclass

import numpy as np
import pytest

from stages.pose.thinning import STILL, fill, with_poses

JOINTS = [0, 1]


@dataclass(frozen=True)
class Picture:
    index: int
    pose: np.ndarray | None


class Model:
    """Gives each picture's pose and remembers which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __call__(self, picture: Picture) -> np.ndarray | None:
        self.asked.append(picture.index)
        return picture.pose


def clip(heights: list[float | None]) -> list[Picture]:
    """Pictures of a pose of two joints at a height; None = no person."""
    return [
        Picture(index, None if y is None else np.array([[0.5, y, 0, 1], [0.4, y, 0, 1]], np.float32))
        for index, y in enumerate(heights)
    ]


def heights(found: list[tuple]) -> list[float | None]:
    return [None if pose is None else round(float(pose[0, 1]), 4) for _, pose, _ in found]


@pytest.mark.parametrize("frames", [0, 1, 2, 3, 4, 5, 8, 9])
@pytest.mark.parametrize("every", [1, 2, 3])
def test_every_frame_comes_out_once_and_in_order(frames, every) -> None:
    found = list(with_poses(clip([0.5] * frames), Model(), JOINTS, every))
    assert [picture.index for picture, _, _ in found] == list(range(frames))
    assert heights(found) == [0.5] * frames


def test_on_every_frame_when_told_so() -> None:
    model, pictures = Model(), clip([0.5] * 7)
    found = list(with_poses(pictures, model, JOINTS, 1))
    assert model.asked == list(range(7))
    assert all(pose is picture.pose for picture, pose, _ in found)


def test_a_resting_signer_is_looked_at_less_often() -> None:
    model = Model()
    list(with_poses(clip([0.5] * 9), model, JOINTS, 2))
    assert model.asked == [0, 1, 3, 5, 7, 8]


def test_a_moving_signer_is_looked_at_on_every_frame() -> None:
    model = Model()
    moving = [0.1 + 2 * STILL * n for n in range(9)]
    found = list(with_poses(clip(moving), model, JOINTS, 2))
    assert model.asked == list(range(9))
    np.testing.assert_allclose(heights(found), moving, atol=1e-4)


def test_between_two_poses_lies_the_middle_and_the_next_is_known() -> None:
    slow = [0.5, 0.5, 0.504, 0.508, 0.512]
    found = list(with_poses(clip(slow), Model(), JOINTS, 2))
    assert heights(found) == [0.5, 0.5, 0.504, 0.508, 0.512]
    assert [round(float(ahead[0, 1]), 4) for _, _, ahead in found] == [0.5, 0.508, 0.508, 0.512, 0.512]


def test_where_nobody_is_nobody_is_made_up() -> None:
    found = list(with_poses(clip([None, None, None, 0.5, 0.5, 0.5, 0.5]), Model(), JOINTS, 2))
    assert heights(found) == [None, None, None, 0.5, 0.5, 0.5, 0.5]


def test_a_signer_who_left_is_held_for_the_frames_between_only() -> None:
    found = list(with_poses(clip([0.5, 0.5, 0.5, None, None]), Model(), JOINTS, 2))
    assert heights(found) == [0.5, 0.5, 0.5, None, None]


@pytest.mark.parametrize("frames", [1, 2, 5, 6])
def test_points_between_are_filled_in(frames) -> None:
    line = np.linspace(0, 1, frames)[:, None, None] * np.ones((1, 4, 3))
    points = line.copy()
    points[1::2] = np.nan
    fill(points, 2)
    last = len(points) - 1 if frames % 2 else len(points) - 2
    np.testing.assert_allclose(points[: last + 1], line[: last + 1], atol=1e-12)
    np.testing.assert_array_equal(points[last + 1 :], np.repeat(line[last : last + 1], frames - last - 1, axis=0))


def test_a_face_seen_on_one_side_is_held_and_one_never_seen_stays_unknown() -> None:
    points = np.full((7, 4, 3), np.nan)
    points[2] = 0.5
    fill(points, 2)
    assert (~np.isnan(points).any(axis=(1, 2))).tolist() == [False, True, True, True, False, False, False]
    assert (points[1:4] == 0.5).all()
