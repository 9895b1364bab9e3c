"""WLASL's list is read in its official order; a bad entry costs only itself."""

import json
import zipfile
from pathlib import Path

import pytest

from stages.corpus.archives import ZipArchive
from stages.corpus.wlasl import parse_index, read_index
from tests.stages.media import make_index, write_zip


def test_labels_follow_the_official_order() -> None:
    index = parse_index(make_index([("3", "zebra", "train"), ("1", "apple", "test"), ("2", "zebra", "val")]))
    assert index.glosses == ["zebra", "apple"]
    assert [(i.video_id, i.label, i.split) for i in index.instances.values()] == [
        ("3", 0, "train"),
        ("2", 0, "val"),
        ("1", 1, "test"),
    ]
    assert index.instances["3"].signer == "3"
    assert not index.problems


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_the_list_is_read_in_every_unicode_encoding(encoding: str) -> None:
    text = make_index([("1", "café", "train"), ("2", "book", "test")]).decode().replace("\\u00e9", "é")
    index = parse_index(text.encode(encoding))
    assert index.glosses == ["café", "book"]
    assert list(index.instances) == ["1", "2"]
    assert not index.problems


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not valid JSON"),
        (b'[{"gloss": "book"', "not valid JSON"),
        (b"\xff\xfe\x00", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"gloss": "book"}', "not a list"),
        (b"[]", "no usable instance"),
        (b'[{"gloss": "book", "instances": []}]', "no usable instance"),
    ],
    ids=["empty", "cut off", "not text", "nested without end", "object", "empty list", "no instances"],
)
def test_a_useless_list_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_index(data)


def test_a_bad_entry_is_named_and_the_rest_goes_on() -> None:
    good = {"video_id": "00001", "split": "train", "signer_id": 4, "source": "x"}
    document = [
        {"gloss": "book", "instances": [good, {**good}, {**good, "video_id": 7}, {**good, "video_id": "../8"}, "no"]},
        {"gloss": "", "instances": [good]},
        "nonsense",
        {"gloss": "drink", "instances": {"video_id": "00009"}},
        {"gloss": "go", "instances": [{**good, "video_id": "00002", "split": "holdout"}]},
    ]
    index = parse_index(json.dumps(document).encode())
    assert list(index.instances) == ["00001"]
    assert index.glosses == ["book", "drink", "go"]
    expected = (
        "listed already",
        "7 is not a name",
        "'../8'",
        "not an object",
        "entry 1",
        "entry 2",
        "'drink'",
        "holdout",
    )
    assert len(index.problems) == len(expected)
    for part in expected:
        assert any(part in line for line in index.problems), part


def test_a_broken_copy_is_named_and_the_next_is_used(tmp_path: Path) -> None:
    first = write_zip(tmp_path / "first.zip", {"WLASL_v0.3.json": b"{", "videos/1.mp4": b""})
    second = write_zip(tmp_path / "second.zip", {"deep/WLASL_v0.3.json": make_index([("00001", "book", "val")])})
    index = read_index([ZipArchive(first, 10**6), ZipArchive(second, 10**6)])
    assert list(index.instances) == ["00001"]
    assert any("first.zip" in line and "not valid JSON" in line for line in index.problems)


def test_the_real_list(wlasl_dir: Path) -> None:
    archive = ZipArchive(wlasl_dir / "wlasl-processed.zip", 10**8)
    index = read_index([archive])
    names = zipfile.ZipFile(wlasl_dir / "wlasl-processed.zip").read("wlasl_class_list.txt").decode().splitlines()
    assert index.glosses == [line.split("\t")[1] for line in names[:100]]
    assert len(index.instances) == 2038
    assert not index.problems
