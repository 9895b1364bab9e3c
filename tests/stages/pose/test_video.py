"""Videos of all kinds are decoded from memory; what is none says so."""

import itertools

import numpy as np
import pytest

from stages.pose.video import VideoError, decode, probe
from tests.stages.media import CODECS, make_video


@pytest.mark.parametrize("suffix", sorted(CODECS))
def test_reads_every_container(suffix: str) -> None:
    data = make_video(frames=12, suffix=suffix, fps=20.0)
    info = probe(data)
    assert (info.width, info.height, info.frames) == (96, 64, 12)
    assert info.fps == pytest.approx(20.0, rel=0.01)
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
