"""What a data set's list says, whichever data set it is: one entry a clip, and a line for what could not be used."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from bentos.contract.glosses import gloss_fault, name_fault

SPLITS = ("train", "val", "test")


class ListError(ValueError):
    """A list that is not there or cannot be used; the message says what is wrong."""


@dataclass(frozen=True)
class Entry:
    """One clip as a data set lists it.

    Attributes:
        place: where in its file it stands, for messages.
        video_id: the clip's own name in the data set.
        video: name of the video's file, without folder and suffix.
        split: "train", "val" or "test".
        signer: who signs, by the list's own name; "" where it is not known.
        source: where the recording comes from.
        rank: the gloss's place in the data set's own order, from 0; None where it has no order.
        seconds: (start, end) of the clip in its video; None where the clip is the whole video.
    """

    place: str
    video_id: str
    video: str
    gloss: str
    split: str
    signer: str = ""
    source: str = ""
    rank: int | None = None
    seconds: tuple[float, float] | None = None

    @property
    def problem(self) -> str:
        """Why it cannot be used, by itself; empty when it can."""
        if not self.gloss:
            return "it has no gloss"
        if not self.video or "/" in self.video or "\\" in self.video:
            return f"{self.video!r} is not a video's name"
        if self.split not in SPLITS:
            return f"split {self.split!r} is none of {', '.join(SPLITS)}"
        if fault := gloss_fault(self.gloss):
            return fault
        for what in ("video_id", "signer", "source"):
            if fault := name_fault(getattr(self, what), what):
                return fault
        if self.seconds and not 0 <= self.seconds[0] < self.seconds[1] < float("inf"):
            return f"seconds {self.seconds[0]:g} to {self.seconds[1]:g} are no part of a video"
        return ""


@dataclass(frozen=True)
class Reader:
    """How one data set lists its clips.

    Attributes:
        dataset: its name.
        files: of the list, as patterns of their names; all are needed, and any of them tells the data set.
        entries: given a file's name (without its folder) and content, yields what it lists in its order: entries, and
            a line for each thing that is none. ListError where nothing can be made of the file.
    """

    dataset: str
    files: tuple[str, ...]
    entries: Callable[[str, bytes], Iterator[Entry | str]]


@dataclass
class Listing:
    """A data set's whole list.

    Attributes:
        dataset: the data set's name; empty where no list was found.
        labels: gloss → its place in the data set's own order, which in WLASL and MS-ASL makes the first 100 the
            well-known 100; in the order of their entries where the data set has no order.
        entries: by video_id, in the order of the list.
        problems: one line for each entry that could not be used.
        refusal: why nothing can be made of the list; empty when something can.
    """

    dataset: str = ""
    labels: dict[str, int] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    refusal: str = ""

    def add(self, entry: Entry, file: str) -> None:
        """Take an entry of a file, or note why not."""
        problem, before = entry.problem, self.entries.get(entry.video_id)
        if before and not problem:
            problem = f"{entry.video_id} is listed already, as {before.gloss!r} in {before.split}"
        if problem:
            self.problems.append(f"{file}: {entry.place}: {problem}")
            return
        self.labels.setdefault(entry.gloss, len(self.labels) if entry.rank is None else entry.rank)
        self.entries[entry.video_id] = entry


def text_of(data: bytes) -> str:
    """A list's text, in UTF-8, UTF-16 or UTF-32, with a byte-order mark or without.

    Raises:
        ListError: it is none of these.
    """
    try:
        return data.decode(json.detect_encoding(data))
    except UnicodeDecodeError as error:
        raise ListError(f"not text in UTF-8, UTF-16 or UTF-32 ({error.reason} at byte {error.start})") from None


def json_list(data: bytes, of: str) -> list[Any]:
    """A list in JSON.

    Raises:
        ListError: it is not JSON, or no list `of` what is expected.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ListError(f"not valid JSON ({error})") from None
    if not isinstance(document, list):
        raise ListError(f"not a list of {of}")
    return document
