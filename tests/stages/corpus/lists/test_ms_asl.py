"""MS-ASL's list: clips are parts of videos that are named by their YouTube ids."""

import json

import pytest

from stages.corpus.lists import ms_asl
from stages.corpus.lists.listing import Entry, ListError

CLIP = {
    **{"org_text": "match [light-a-MATCH]", "clean_text": "match", "text": "match", "label": 830, "signer": 0},
    **{"url": "https://www.youtube.com/watch?v=C37R_Ix8-qs", "start_time": 0, "end_time": 2.767, "start": 0, "end": 83},
    **{"signer_id": 0, "fps": 30.0, "width": 640.0, "height": 360.0, "box": [0.06, 0.22, 1.0, 0.84], "file": "match"},
}


def read(*clips: object, name: str = "MSASL_train.json", encoding: str = "utf-8") -> list[Entry | str]:
    return list(ms_asl.entries(name, json.dumps(clips, ensure_ascii=False).encode(encoding)))


@pytest.mark.parametrize(("name", "split"), [("MSASL_train.json", "train"), ("msasl_test.json", "test")])
def test_a_clip_is_a_part_of_a_video(name: str, split: str) -> None:
    first, second = read(CLIP, CLIP | {"review": 1, "start_time": 2.8, "end_time": 4.0}, name=name)
    assert first == Entry(
        *("entry 0", f"C37R_Ix8-qs-{split}-00000", "C37R_Ix8-qs", "match", split, "0", "youtube"),
        rank=830,
        seconds=(0, 2.767),
    )
    assert (second.video_id, second.video, second.seconds) == (f"C37R_Ix8-qs-{split}-00001", "C37R_Ix8-qs", (2.8, 4.0))


@pytest.mark.parametrize(
    "url",
    [
        *("www.youtube.com/watch?v=-37R_Ix8-qs", "https://youtu.be/-37R_Ix8-qs?t=3", "youtube.com/embed/-37R_Ix8-qs"),
        "https://www.youtube.com/watch?feature=share&v=-37R_Ix8-qs&t=10s",
    ],
)
def test_a_video_is_named_by_its_youtube_id(url: str) -> None:
    (entry,) = read(CLIP | {"url": url})
    assert entry.video == "-37R_Ix8-qs"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_it_is_read_in_every_unicode_encoding(encoding: str) -> None:
    (entry,) = read(CLIP | {"text": "café"}, encoding=encoding)
    assert entry.gloss == "café"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"url": "https://example.org/video.mp4"}, "names no YouTube video"),
        ({"url": "https://www.youtube.com/watch?v=C37R_Ix8-qsTooLong"}, "names no YouTube video"),
        ({"label": None}, "label: Input should be a valid integer"),
        ({"label": -1}, "label: Input should be greater than or equal to 0"),
        ({"end_time": "2.7"}, "end_time: Input should be a valid number"),
        ({"start_time": True}, "start_time: Input should be a valid number"),
        ({"start_time": 3.0}, "seconds 3 to 2.767 are no part of a video"),
        ({"start_time": -1.0}, "seconds -1 to 2.767 are no part of a video"),
        ({"end_time": float("nan")}, "seconds 0 to nan are no part of a video"),
        ({"end_time": float("inf")}, "seconds 0 to inf are no part of a video"),
        ({"text": " "}, "it has no gloss"),
        ({"text": 'go", "score": 1'}, "holds '\"'; allowed are"),
        ({"text": "go " * 40}, "has 119 characters, at most 64"),
    ],
)
def test_a_bad_entry_is_told_by_its_number(changes: dict, problem: str) -> None:
    good, bad = read(CLIP, CLIP | changes)
    assert not good.problem
    said = bad if isinstance(bad, str) else f"{bad.place}: {bad.problem}"
    assert said.startswith("entry 1: ")
    assert problem in said


def test_what_lacks_a_field_or_is_no_object_is_told() -> None:
    lacking, no_object = read({name: value for name, value in CLIP.items() if name not in ("url", "text")}, 7)
    assert lacking == "entry 0: url: Field required; text: Field required"
    assert no_object.startswith("entry 1: it: Input should be a valid dictionary")


@pytest.mark.parametrize(("data", "message"), [(b"[{", "not valid JSON"), (b"{}", "not a list of clips")])
def test_what_is_no_list_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ListError, match=message):
        list(ms_asl.entries("MSASL_val.json", data))
