"""What numbers say about a clip: constants for what was not seen, and whether left is left."""

import numpy as np
import pytest

from bentos.contract.summary import SIDES, advice, placeholders, sides
from tests.stages.corpora import clip


@pytest.fixture
def points() -> np.ndarray:
    """(30, 180, 3) float32: pose, face and the right hand in most frames."""
    return clip(0).landmarks.astype(np.float32)


def swapped(points: np.ndarray) -> np.ndarray:
    return np.concatenate([points[:, 21:42], points[:, :21], points[:, 42:]], axis=1)


def mirrored(points: np.ndarray) -> np.ndarray:
    return points * np.array([-1, 1, 1], np.float32) + np.array([1, 0, 0], np.float32)


def hands_only(points: np.ndarray) -> np.ndarray:
    return np.where(np.arange(180)[:, None] < 42, points, np.nan)


def hands_mirrored(points: np.ndarray) -> np.ndarray:
    return np.concatenate([mirrored(points)[:, :42], points[:, 42:]], axis=1)


def test_seen_points_are_no_placeholders(points):
    assert not placeholders(points).any()
    assert not placeholders(points.astype(np.float16)).any()


@pytest.mark.parametrize("constant", [0, -1, 1, 0.5, -100])
@pytest.mark.parametrize("rows", [slice(0, 21), slice(42, 48), slice(48, 180), slice(44, 45)])
def test_a_number_that_stands_for_not_seen_is_found(points, constant, rows):
    points[7:9, rows] = constant
    found = placeholders(points)
    assert found[7:9, rows].all()
    assert found.sum() == 2 * (rows.stop - rows.start)


def test_a_part_at_one_place_is_found(points):
    points[3, :21] = (0.5, 0.9, 0.1)
    assert np.argwhere(placeholders(points)).tolist() == [[3, i] for i in range(21)]


def test_sides_of_a_person_who_faces_the_camera(points):
    told = sides(points)
    assert list(told) == list(SIDES)
    assert min(told.values()) > 0
    assert advice(points) is None
    assert advice(hands_only(points)) is None
    assert advice(np.full((5, 180, 3), np.nan, np.float32)) is None


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (swapped, "changed places, for each is nearer to the other's wrist"),
        (hands_mirrored, "changed places, for each is nearer to the other's wrist"),
        (mirrored, "the picture seems mirrored, for the left shoulder is on its left"),
        (lambda points: hands_only(swapped(points)), "the thumbs are on the wrong side"),
        (lambda points: hands_only(mirrored(points)), "the thumbs are on the wrong side"),
    ],
    ids=["swapped", "hands mirrored", "mirrored", "swapped, no pose", "mirrored, no pose"],
)
def test_wrong_sides_are_told(points, change, says):
    assert says in advice(change(points))


def test_a_left_handed_person_is_fine(points):
    """Mirrored and swapped, body and all, is what the other hand would have done."""
    points = swapped(mirrored(points))
    points[:, 42:48] = points[:, [43, 42, 45, 44, 47, 46]]
    assert min(sides(points).values()) > 0
    assert advice(points) is None


def test_without_depth_thumbs_tell_nothing(points):
    points = hands_only(swapped(points))
    points[..., 2] *= 0
    assert np.isnan(list(sides(points).values())).all()
    assert advice(points) is None
