"""WLASL's list is read in its official order; a bad entry costs only itself."""

import json
import zipfile
from pathlib import Path

import pytest

from stages.corpus.archives import ZipArchive
from stages.corpus.lists import wlasl
from stages.corpus.lists.listing import Entry, ListError
from stages.corpus.lists.registry import read_list
from tests.stages.media import make_index

NAME = "WLASL_v0.3.json"


def read(data: bytes) -> list[Entry | str]:
    return list(wlasl.entries(NAME, data))


def test_entries_keep_the_official_place_of_their_gloss() -> None:
    entries = read(make_index([("3", "zebra", "train"), ("1", "apple", "test"), ("2", "zebra", "val")]))
    assert [(e.video_id, e.video, e.gloss, e.rank, e.split) for e in entries] == [
        ("3", "3", "zebra", 0, "train"),
        ("2", "2", "zebra", 0, "val"),
        ("1", "1", "apple", 1, "test"),
    ]
    assert (entries[0].signer, entries[0].source) == ("3", "aslbrick")
    assert {e.seconds for e in entries} == {None}, "clips are cut already"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_list_is_read_in_every_unicode_encoding(encoding: str) -> None:
    text = make_index([("1", "café", "train"), ("2", "book", "test")]).decode().replace("\\u00e9", "é")
    assert [(e.gloss, e.video_id) for e in read(text.encode(encoding))] == [("café", "1"), ("book", "2")]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not valid JSON"),
        (b'[{"gloss": "book"', "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"gloss": "book"}', "not a list of glosses"),
    ],
    ids=["empty", "cut off", "not text", "nested without end", "object"],
)
def test_what_is_no_list_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ListError, match=message):
        read(data)


def test_a_bad_entry_is_named_and_the_rest_goes_on() -> None:
    good = {"video_id": "00001", "split": "train", "signer_id": 4, "source": "x"}
    document = [
        {"gloss": "book", "instances": [good, {**good, "video_id": 7}, {**good, "video_id": "../8"}, "no"]},
        {"gloss": "", "instances": [good]},
        "nonsense",
        {"gloss": "drink", "instances": {"video_id": "00009"}},
        {"gloss": "go", "instances": [{**good, "video_id": "00002", "split": "holdout"}]},
        {"gloss": "book", "instances": []},
    ]
    said = read(json.dumps(document).encode())
    assert [line if isinstance(line, str) else f"{line.place}: {line.problem}" for line in said] == [
        "gloss 'book', instance 0: ",
        "gloss 'book', instance 1: video_id 7 is not a name",
        "gloss 'book', instance 2: '../8' is not a video's name",
        "gloss 'book', instance 3: not an object",
        "entry 1 has no gloss",
        "entry 2 has no gloss",
        "gloss 'drink' has no list of instances",
        "gloss 'go', instance 0: split 'holdout' is none of train, val, test",
        "gloss 'book' is listed twice; its instances are joined",
    ]
    assert said[7].rank == 4, "a bad entry does not move the official places of others"


def test_the_real_list(wlasl_dir: Path) -> None:
    listing = read_list([ZipArchive(wlasl_dir / "wlasl-processed.zip", 10**8)])
    names = zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip").read("wlasl_class_list.txt").decode().splitlines()
    assert listing.labels == {line.split("\t")[1]: label for label, line in enumerate(names[:100])}
    assert len(listing.entries) == 2038
    assert not listing.problems
    assert listing.dataset == "WLASL"
