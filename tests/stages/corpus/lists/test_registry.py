"""Exactly one data set's list is recognised, and read from the first archive that has a usable copy."""

import re
from pathlib import Path

import pytest

from stages.corpus.archives import ZipArchive
from stages.corpus.lists.listing import ListError
from stages.corpus.lists.registry import READERS, read_list, recognise
from tests.stages.media import make_asl_citizen, make_index, make_ms_asl, write_zip

CITIZEN = [("1-BOOK.mp4", "BOOK", "train", "P1"), ("2-GO.mp4", "GO", "val", "P2"), ("3-BOOK.mp4", "BOOK", "test", "P3")]


def zips(folder: Path, *archives: dict[str, bytes]) -> list[ZipArchive]:
    return [ZipArchive(write_zip(folder / f"{n}.zip", members), 10**6) for n, members in enumerate(archives)]


@pytest.mark.parametrize(
    ("names", "dataset"),
    [
        (("wlasl_v0.3.json", "00001.mp4", "nslt_100.json"), "WLASL"),
        (("train.csv", "val.csv", "test.csv", "1-BOOK.mp4"), "ASL Citizen"),
        (("test.csv",), "ASL Citizen"),
        (("MSASL_train.json", "MSASL_classes.json"), "MS-ASL"),
    ],
)
def test_a_data_set_is_told_by_the_names_of_its_list(names: tuple[str, ...], dataset: str) -> None:
    assert recognise(names).dataset == dataset


def test_none_and_several_are_refused_with_what_was_looked_for() -> None:
    with pytest.raises(ListError, match="No archive holds the list of a data set") as none:
        recognise(["00001.mp4", "train.json", "my_train.csv"])
    assert all(f"{', '.join(reader.files)} ({reader.dataset})" in str(none.value) for reader in READERS)
    with pytest.raises(ListError, match=r"2 data sets, where there must be one: WLASL_v.*\(WLASL\); train\.csv") as two:
        recognise(["WLASL_v0.3.json", "train.csv"])
    assert "MS-ASL" not in str(two.value)


def test_no_two_data_sets_have_a_file_in_common() -> None:
    for reader in READERS:
        assert {recognise([file.replace("*", "0")]).dataset for file in reader.files} == {reader.dataset}


def test_all_files_make_one_list(tmp_path: Path) -> None:
    listing = read_list(zips(tmp_path, make_asl_citizen(CITIZEN)))
    assert (listing.dataset, listing.refusal, listing.problems) == ("ASL Citizen", "", [])
    assert {i: e.split for i, e in listing.entries.items()} == {"1-BOOK": "train", "2-GO": "val", "3-BOOK": "test"}
    assert listing.labels == {"book": 0, "go": 1}, "no order of its own: as they appear"


def test_glosses_have_the_places_that_the_data_set_gives_them(tmp_path: Path) -> None:
    entries = [("a" * 11, "nice", "test", 0.0, 1.0), ("b" * 11, "eat", "train", 0.0, 1.0)]
    assert read_list(zips(tmp_path, make_ms_asl(entries) | more_ms_asl())).labels == {"eat": 1, "nice": 0, "go": 2}


def more_ms_asl() -> dict[str, bytes]:
    (val,) = [m for n, m in make_ms_asl([("c" * 11, "go", "val", 0.0, 1.0)]).items() if "val" in n]
    return {"MS-ASL/MSASL_val.json": val.replace(b'"label": 0', b'"label": 2')}


def test_a_broken_copy_is_named_and_the_next_is_used(tmp_path: Path) -> None:
    broken = {"WLASL_v0.3.json": b"{", "videos/1.mp4": b""}
    whole = {"deep/WLASL_v0.3.json": make_index([("00001", "book", "val")])}
    listing = read_list(zips(tmp_path, broken, whole))
    assert list(listing.entries) == ["00001"]
    assert not listing.refusal
    (problem,) = listing.problems
    assert problem.startswith("0.zip: WLASL_v0.3.json: not valid JSON")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"ASL_Citizen/splits/val.csv": None}, "The list of ASL Citizen cannot be used: no archive holds val.csv"),
        ({"ASL_Citizen/splits/val.csv": b"a,b\n"}, r"0.zip: ASL_Citizen/splits/val.csv: line 1 has no column"),
        (
            {"ASL_Citizen/splits/val.csv": b"Participant ID,Video file,Gloss\n"},
            r"val.csv: it lists no usable clip$",
        ),
        (
            {"ASL_Citizen/splits/val.csv": b"Participant ID,Video file,Gloss\nP1,1.mp4,\n"},
            r"val.csv: it lists no usable clip; line 2: it has no gloss",
        ),
    ],
    ids=["missing", "broken", "empty", "nothing usable"],
)
def test_a_list_that_is_not_whole_is_refused(tmp_path: Path, changes: dict, why: str) -> None:
    members = {name: data for name, data in (make_asl_citizen(CITIZEN) | changes).items() if data is not None}
    listing = read_list(zips(tmp_path, members))
    assert listing.entries == {}
    assert re.search(why, listing.refusal)


def test_a_clip_that_is_listed_twice_counts_once(tmp_path: Path) -> None:
    listing = read_list(zips(tmp_path, make_asl_citizen([*CITIZEN, ("1-BOOK.mp4", "BOOK", "test", "P1")])))
    assert listing.entries["1-BOOK"].split == "train"
    said = "0.zip: ASL_Citizen/splits/test.csv: line 3: 1-BOOK is listed already, as 'book' in train"
    assert listing.problems == [said]


def test_without_archives_there_is_nothing_to_list() -> None:
    listing = read_list([])
    assert (listing.entries, listing.refusal) == ({}, "")
