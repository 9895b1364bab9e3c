"""ASL Citizen's list: a file is a split, a line is a clip."""

import pytest

from stages.corpus.lists import asl_citizen
from stages.corpus.lists.listing import Entry, ListError

HEADER = "Participant ID,Video file,Gloss,ASL-LEX Code\n"


def read(text: str | bytes, name: str = "train.csv") -> list[Entry]:
    return list(asl_citizen.entries(name, text if isinstance(text, bytes) else text.encode()))


@pytest.mark.parametrize(("name", "split"), [("train.csv", "train"), ("val.csv", "val"), ("TEST.CSV", "test")])
def test_a_file_is_a_split_and_a_line_a_clip(name: str, split: str) -> None:
    text = HEADER + "P52,1589-NOT MIND.mp4,NOTMIND,E_01_004\nP6,4.72e-7-seedSOUR.mp4,SOUR ,NA\n"
    first, second = read(text, name)
    assert first == Entry(
        *("line 2", "1589-NOT MIND", "1589-NOT MIND", "notmind", split, "P52", "asl_citizen"), rank=None, seconds=None
    )
    assert (second.place, second.video, second.gloss, second.signer) == ("line 3", "4.72e-7-seedSOUR", "sour", "P6")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_it_is_read_in_every_unicode_encoding(encoding: str) -> None:
    (entry,) = read((HEADER + "P1,1-CAFÉ.mp4,CAFÉ,A\n").encode(encoding))
    assert (entry.video, entry.gloss) == ("1-CAFÉ", "café")


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("Gloss, Video file, Participant ID\r\nBOOK, 1.mp4, P1\r\n", "in another order, with spaces"),
        ('"Participant ID","Video file","Gloss","ASL-LEX Code"\n"P1","1.mp4","BOOK","A"\n\n', "in quotes"),
        ("ASL-LEX Code,Gloss,More,Video file,Participant ID\nA,BOOK,,1.mp4,P1,surplus\n", "more of them"),
    ],
)
def test_columns_are_told_by_their_names(text: str, columns: str) -> None:
    (entry,) = read(text)
    assert (entry.video, entry.gloss, entry.signer) == ("1", "book", "P1"), columns


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1 has no column Participant ID, Video file, Gloss; its columns are none"),
        ("Participant ID,Gloss\nP1,BOOK\n", "line 1 has no column Video file; its columns are Participant ID, Gloss"),
        (HEADER.replace(",", ";"), "has no column Participant ID, Video file, Gloss; its columns are Participant ID;"),
        (b"\xff\xfe\x00", "not text in UTF-8, UTF-16 or UTF-32"),
        ((HEADER + "P1,1-CAFÉ.mp4,CAFÉ,A\n").encode("latin-1"), "not text in UTF-8, .* at byte 53"),
        (HEADER + "P1," + "x" * 200_000, "line 2 is not CSV"),
    ],
    ids=["empty", "missing column", "semicolons", "not text", "latin-1", "endless field"],
)
def test_what_is_no_list_says_why(text: str | bytes, message: str) -> None:
    with pytest.raises(ListError, match=message):
        read(text)


def test_a_bad_line_is_told_by_its_number() -> None:
    bad = 'P1,1.mp4,BOOK,A\nP1,,BOOK,A\nP1,2.mp4,,A\nP1,../3.mp4,"BO\nOK",A\nP1\n'
    assert [(e.place, e.problem) for e in read(HEADER + bad)] == [
        ("line 2", ""),
        ("line 3", "'' is not a video's name"),
        ("line 4", "it has no gloss"),
        ("line 6", "'../3' is not a video's name"),
        ("line 7", "it has no gloss"),
    ]
