"""MS-ASL's list: `MSASL_train.json`, `MSASL_val.json` and `MSASL_test.json` (Vaezi Joze and Koller, BMVC 2019).

Each is a list of objects, one a clip: url (of a YouTube video), start_time and end_time (seconds in it), label (the
gloss's place in `MSASL_classes.json`, the most frequent first: the first 100 are MS-ASL100), text (the gloss),
signer_id. Others are not needed: clean_text and org_text (what the uploader wrote), start and end (the same in frames
of the first upload), fps, width and height (the video's own are right), review, and box (where the signer is in the
picture: all of it is looked at).

MS-ASL comes without videos. A video's file is named by its YouTube id, as `C37R_Ix8-qs.mp4` (any suffix of a video):
the whole video, of which all its clips are parts. `yt-dlp -o '%(id)s.%(ext)s'` names it so.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from stages.corpus.lists.listing import Entry, Reader, json_list

YOUTUBE_ID = re.compile(r"(?:[?&]v=|youtu\.be/|/embed/|/shorts/)([\w-]{11})(?![\w-])")


class Clip(BaseModel):
    """What is needed of an object."""

    model_config = ConfigDict(frozen=True, strict=True)

    url: str
    start_time: float
    end_time: float
    label: int = Field(ge=0)
    text: str
    signer_id: int


def entries(name: str, data: bytes) -> Iterator[Entry | str]:
    """See `Reader.entries`."""
    split = PurePath(name.lower()).stem.removeprefix("msasl_")
    for position, raw in enumerate(json_list(data, "clips")):
        yield _entry(raw, split, position)


def _entry(raw: Any, split: str, position: int) -> Entry | str:
    """An object's entry, or a line that says what is wrong with it."""
    place = f"entry {position}"
    try:
        clip = Clip.model_validate(raw)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, e['loc'])) or 'it'}: {e['msg']}" for e in error.errors())
        return f"{place}: {'; '.join(wrong)}"
    found = YOUTUBE_ID.search(clip.url)
    if not found:
        return f"{place}: url {clip.url!r} names no YouTube video"
    return Entry(
        place=place,
        video_id=f"{found[1]}-{split}-{position:05d}",
        video=found[1],
        gloss=clip.text.strip(),
        split=split,
        signer=str(clip.signer_id),
        source="youtube",
        rank=clip.label,
        seconds=(clip.start_time, clip.end_time),
    )


READER = Reader("MS-ASL", ("MSASL_train.json", "MSASL_val.json", "MSASL_test.json"), entries)
