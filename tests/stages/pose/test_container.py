"""Containers are told by their first bytes; what their structure says is read from any bytes without failing."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.pose.container import is_cut_off, is_mirrored, is_video
from tests.stages.media import CODECS, make_video, turned

MP4 = make_video()


@pytest.mark.parametrize("suffix", CODECS)
def test_every_container_is_known(suffix: str) -> None:
    assert is_video(make_video(suffix=suffix))


@pytest.mark.parametrize(
    "data", [b"", b"G", b"GGGG" * 3, b"G" + bytes(187), b"#EXTM3U", b"\xff\xd8\xff\xe0", b"GIF89a"]
)
def test_what_holds_no_video_is_not(data: bytes) -> None:
    assert not is_video(data)


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".webm"])
def test_a_file_that_promises_more_is_cut_off(suffix: str) -> None:
    whole = make_video(suffix=suffix)
    assert not is_cut_off(whole)
    assert is_cut_off(whole[: len(whole) // 2])


def test_a_live_recording_of_open_size_is_not_cut_off() -> None:
    whole = bytearray(make_video(suffix=".webm"))
    size = whole.index(b"\x18\x53\x80\x67") + 4
    whole[size : size + 8] = b"\x01" + b"\xff" * 7
    assert not is_cut_off(bytes(whole[:-100]))


def test_only_the_picture_tells_whether_it_is_mirrored() -> None:
    assert not is_mirrored(MP4)
    assert is_mirrored(turned(MP4, -1, 0, 0, 1))
    sound = bytearray(turned(MP4, -1, 0, 0, 1))
    struct.pack_into(">i", sound, sound.index(b"tkhd") + 4 + 76, 0)  # a track without a width
    assert not is_mirrored(bytes(sound))


@given(st.integers(0, len(MP4)), st.binary(max_size=24), st.integers(0, len(MP4)))
def test_no_bytes_make_it_fail(place: int, other: bytes, end: int) -> None:
    data = (MP4[:place] + other + MP4[place + len(other) :])[:end]
    for ask in (is_video, is_cut_off, is_mirrored):
        assert ask(data) in (True, False)
    assert is_cut_off(b"\x1a\x45\xdf\xa3" + other) in (True, False)
