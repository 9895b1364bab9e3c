"""Videos of all kinds are decoded from memory; what is none says so."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from stages.pose.video import SUFFIXES, Video, VideoError, decode, probe
from tests.stages.media import CODECS, at_times, make_video, turned

UNEVEN = [0, 40, 80, 120, 160, 200, 240, 280, 400, 600, 800, 840]  # milliseconds


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_reads_every_container(suffix: str) -> None:
    data = make_video(frames=12, suffix=suffix, fps=30.0)
    info = probe(data)
    assert (info.width, info.height, info.frames) == (96, 64, 12)
    assert info.fps == pytest.approx(30.0, rel=0.01)
    assert (info.turned, info.times) == ("", ())
    assert suffix in SUFFIXES
    frames = list(decode(data))
    assert len(frames) == 12
    assert all(frame.shape == (64, 96, 3) for frame in frames)


def test_frames_are_rgb_and_shrunk_only_when_larger() -> None:
    data = make_video(size=(192, 128))
    red, _, blue = next(decode(data))[11:29].reshape(-1, 3).max(axis=0)
    assert blue > red + 60, "the square is drawn in blue"
    assert next(decode(data, max_side=96)).shape == (64, 96, 3)
    assert next(decode(data, max_side=500)).shape == (128, 192, 3)


def test_many_clips_after_another_keep_their_own_frames() -> None:
    clips = [make_video(seed) for seed in range(8)]
    for _ in range(5):
        firsts = [next(decode(clip)).astype(int) for clip in clips]
        assert all(np.abs(a - b).mean() > 0.5 for a, b in itertools.pairwise(firsts))


@pytest.mark.parametrize(
    "data", [b"", b"not a video", b"\0" * 4096, make_video()[:200], b"GIF89a" + b"\xff" * 99], ids=range(5)
)
def test_what_is_no_video_says_so(data: bytes) -> None:
    with pytest.raises(VideoError):
        probe(data)
    with pytest.raises(VideoError):
        list(decode(data))


MATRICES = {
    "90": (0, 1, -1, 0),
    "180": (-1, 0, 0, -1),
    "270": (0, -1, 1, 0),
    "mirrored": (1, 0, 0, -1),
    "180 mirrored": (-1, 0, 0, 1),
    "90 mirrored": (0, 1, 1, 0),
    "270 mirrored": (0, -1, -1, 0),
}


@pytest.mark.parametrize("way", MATRICES)
def test_pictures_stand_as_players_show_them(way: str) -> None:
    stored = make_video(4)
    a, b, c, d = MATRICES[way]
    data = turned(stored, a, b, c, d)
    picture = next(decode(stored))
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]]
    column, row = a * x + c * y, b * x + d * y  # as the format defines it
    shown = np.zeros((np.ptp(row) + 1, np.ptp(column) + 1, 3), np.uint8)
    shown[row - row.min(), column - column.min()] = picture
    np.testing.assert_array_equal(next(decode(data)), shown)
    info = probe(data)
    assert (info.height, info.width, info.turned, info.frames) == (*shown.shape[:2], way, 12)


def test_frames_at_changing_intervals_keep_their_times() -> None:
    data = at_times(make_video(suffix=".webm", frames=12), 25, UNEVEN)
    info = probe(data)
    assert info.times == pytest.approx([time / 1000 for time in UNEVEN])
    assert info.frames == len(list(decode(data))) == 12
    assert info.fps == pytest.approx(11 / 0.84)


def test_the_length_of_a_webm_is_counted_and_not_reckoned() -> None:
    whole = make_video(suffix=".webm", frames=30)
    sparse = at_times(make_video(suffix=".webm", frames=12), 25, [0, *range(600, 1700, 100)])
    assert probe(sparse).frames == 12
    cut_off = whole[: len(whole) // 2]
    assert probe(cut_off).frames == 30, "what it should have, so that what decodes can be compared with it"
    assert len(list(decode(cut_off))) < 20


@pytest.mark.parametrize("jitter", [(0, 1), (0, 2, 1)])
def test_times_rounded_by_the_container_are_an_even_rate(jitter: tuple[int, ...]) -> None:
    times = [40 * index + jitter[index % len(jitter)] for index in range(12)]
    info = probe(at_times(make_video(suffix=".webm", frames=12), 25, times))
    assert info.times == ()
    assert info.fps == pytest.approx(25, rel=0.01)


def test_a_rate_that_the_frames_belie_is_not_believed() -> None:
    info = probe(at_times(make_video(suffix=".webm", frames=12), 25, [50 * index for index in range(12)]))
    assert (info.fps, info.frames, info.times) == (pytest.approx(20), 12, ())


def test_a_codec_without_a_decoder_is_named_with_what_to_do() -> None:
    for data, codec in (
        ((Path(__file__).parent / "av1.mp4").read_bytes(), "AV1"),
        (make_video(suffix=".webm").replace(b"V_VP8", b"V_XYZ"), "unknown"),
    ):
        for read in (probe, lambda data: list(decode(data))):
            with pytest.raises(
                VideoError, match=rf"its codec, {codec}, has no decoder here: convert it, as with `ffmpeg"
            ):
                read(data)


def test_going_through_packets_decodes_nothing() -> None:
    with Video((Path(__file__).parent / "av1.mp4").read_bytes(), packets=True) as video:
        assert video.codec() == "av01"
        assert video.times() == pytest.approx(np.arange(24) / 25)
