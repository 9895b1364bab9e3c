"""WLASL's list: `WLASL_v0.3.json` (Li et al., WACV 2020), one object a gloss with its instances.

The order of glosses is the official one: the first 100 are WLASL100. `frame_start` and `frame_end` are passed over on
purpose: in both archives on Kaggle the clips are cut already, and cutting them again would lose the sign. Lists by
size (`nslt_100.json`) and of classes (`wlasl_class_list.txt`) say nothing that this one does not.
"""

from collections.abc import Iterator
from typing import Any

from stages.corpus.lists.listing import Entry, Reader, json_list


def entries(name: str, data: bytes) -> Iterator[Entry | str]:
    """See `Reader.entries`; a file is `[{"gloss", "instances": [{"video_id", "split", "signer_id", "source"}]}]`."""
    seen: set[str] = set()
    for rank, raw in enumerate(json_list(data, "glosses")):
        if not isinstance(raw, dict) or not isinstance(raw.get("gloss"), str) or not raw["gloss"].strip():
            yield f"entry {rank} has no gloss"
            continue
        gloss, instances = raw["gloss"].strip(), raw.get("instances")
        if gloss in seen:
            yield f"gloss {gloss!r} is listed twice; its instances are joined"
        seen.add(gloss)
        if not isinstance(instances, list):
            yield f"gloss {gloss!r} has no list of instances"
            continue
        for position, instance in enumerate(instances):
            yield _entry(instance, gloss, rank, f"gloss {gloss!r}, instance {position}")


def _entry(raw: Any, gloss: str, rank: int, place: str) -> Entry | str:
    """An instance's entry, or a line that says what is wrong with it."""
    if not isinstance(raw, dict):
        return f"{place}: not an object"
    video_id = raw.get("video_id")
    if not isinstance(video_id, str):
        return f"{place}: video_id {video_id!r} is not a name"
    split, signer, source = (str(raw.get(field, "")) for field in ("split", "signer_id", "source"))
    return Entry(place, video_id, video_id, gloss, split, signer, source, rank)


READER = Reader("WLASL", ("WLASL_v*.json",), entries)
