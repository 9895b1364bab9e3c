"""Which frames a part of a video is, and that they are what is decoded."""

import numpy as np
import pytest

from stages.pose.excerpt import Excerpt, frames_between
from stages.pose.video import VideoError, decode
from tests.stages.media import at_times, make_video


@pytest.mark.parametrize(
    ("start", "end", "frames"),
    [
        (0.0, 2.767, (0, 83)),  # as MS-ASL lists frames 0 to 83 at 30 a second
        (2.8, 4.0, (84, 120)),
        (0.49 / 30, 1.0, (0, 30)),
        (0.51 / 30, 1.0, (1, 30)),
        (3.0, 4.15, (90, 120)),  # ends a little after the video
    ],
)
def test_frames_are_those_shown_in_between(start: float, end: float, frames: tuple[int, int]) -> None:
    assert frames_between(start, end, 30.0, 120) == frames


def test_frames_at_changing_intervals_go_by_their_times() -> None:
    times = [0.0, 0.6, 0.7, 0.8, 0.9, 1.0]
    assert frames_between(0.6, 0.9, 6.0, 6, times) == (1, 4)


@pytest.mark.parametrize(
    ("seconds", "message"),
    [
        ((3.0, 4.3), r"seconds 3 to 4.3 are not in it: it ends after 4.00"),
        ((9.0, 10.0), "are not in it"),
        ((1.0, 1.03), "hold a single picture"),
        ((4.1, 4.2), "hold a single picture"),
    ],
)
def test_a_part_that_is_not_there_is_refused(seconds: tuple[float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        frames_between(*seconds, 30.0, 120)


@pytest.mark.parametrize("suffix", [".mp4", ".webm", ".avi"])
def test_a_part_decodes_to_its_frames(suffix: str) -> None:
    data = make_video(1, frames=30, suffix=suffix)
    whole = list(decode(data))
    part = list(decode(Excerpt(data, 7, 19)))
    assert len(part) == 12
    np.testing.assert_array_equal(part, whole[7:19])
    assert len(list(decode(Excerpt(data, 0, 30)))) == 30


def test_a_part_of_uneven_frames_decodes_to_its_frames() -> None:
    data = at_times(make_video(1, suffix=".webm", frames=12), 25, [0, *range(600, 1700, 100)])
    np.testing.assert_array_equal(list(decode(Excerpt(data, 3, 6))), list(decode(data))[3:6])


def test_a_part_beyond_the_end_is_an_error_or_short() -> None:
    data = make_video(1, frames=12)
    assert len(list(decode(Excerpt(data, 10, 20)))) == 2
    with pytest.raises(VideoError, match="no frame can be decoded"):
        list(decode(Excerpt(data, 12, 20)))
