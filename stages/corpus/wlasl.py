"""WLASL's own list of instances (`WLASL_v0.3.json`; Li et al., WACV 2020): which video shows which gloss, by whom."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stages.corpus.archives import Archive, MemberError

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Instance:
    """One video of the list.

    Attributes:
        label: the gloss's place in the official order, from 0: the first 100 are WLASL100.
        split: "train", "val" or "test".
        signer: the list's signer_id as text.
        source: the web site the recording comes from.
    """

    video_id: str
    gloss: str
    label: int
    split: str
    signer: str
    source: str


@dataclass
class Index:
    """The list, read.

    Attributes:
        glosses: all of them in the official order, also those of which no video exists.
        instances: by video_id, in the order of the list.
        problems: one line for each entry that could not be used.
    """

    glosses: list[str] = field(default_factory=list)
    instances: dict[str, Instance] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def is_index(name: str) -> bool:
    """Whether a file of this name, without its folder, is WLASL's list."""
    return name.startswith("WLASL_v") and name.endswith(".json")


def read_index(archives: Iterable[Archive]) -> Index:
    """Read the list from the first archive that holds a usable one.

    Archives may repeat it; a broken copy is a line in `problems`, and the next one is tried. Without any, the index
    is empty.
    """
    problems: list[str] = []
    for archive in archives:
        for member in archive.members():
            if not is_index(member.path.name):
                continue
            try:
                if member.problem:
                    raise MemberError(member.problem)
                index = parse_index(archive.read(member.name))
            except ValueError as error:
                problems.append(f"{archive.path.name}: {member.name}: {error}")
                continue
            index.problems = problems + [f"{archive.path.name}: {member.name}: {p}" for p in index.problems]
            return index
    return Index(problems=problems)


def parse_index(data: bytes) -> Index:
    """Parse the list: `[{"gloss": str, "instances": [{"video_id", "split", "signer_id", "source", ...}]}]`.

    `frame_start` and `frame_end` are passed over on purpose: in both archives the clips are cut already, and cutting
    them again would lose the sign.

    UTF-8, UTF-16 and UTF-32 are read, with a byte-order mark or without.

    Raises:
        ValueError: not JSON, or no list of glosses at all. A single bad entry is only noted.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not valid JSON ({error})") from None
    if not isinstance(document, list):
        raise ValueError("not a list of glosses")
    index = Index()
    for position, entry in enumerate(document):
        if not isinstance(entry, dict) or not isinstance(entry.get("gloss"), str) or not entry["gloss"].strip():
            index.problems.append(f"entry {position} has no gloss")
            continue
        _add_gloss(index, entry)
    if not index.instances:
        raise ValueError("it lists no usable instance")
    return index


def _add_gloss(index: Index, entry: dict[str, Any]) -> None:
    gloss, instances = entry["gloss"].strip(), entry.get("instances")
    if gloss in index.glosses:
        index.problems.append(f"gloss {gloss!r} is listed twice; its instances are joined")
    else:
        index.glosses.append(gloss)
    if not isinstance(instances, list):
        index.problems.append(f"gloss {gloss!r} has no list of instances")
        return
    label = index.glosses.index(gloss)
    for position, raw in enumerate(instances):
        problem = _problem(raw, index)
        if problem:
            index.problems.append(f"gloss {gloss!r}, instance {position}: {problem}")
        else:
            signer, source = str(raw.get("signer_id", "")), str(raw.get("source", ""))
            instance = Instance(raw["video_id"], gloss, label, raw["split"], signer, source)
            index.instances[instance.video_id] = instance


def _problem(raw: Any, index: Index) -> str:
    if not isinstance(raw, dict):
        return "not an object"
    video_id = raw.get("video_id")
    if not isinstance(video_id, str) or not video_id or "/" in video_id or "\\" in video_id:
        return f"video_id {video_id!r} is not a name"
    if raw.get("split") not in SPLITS:
        return f"split {raw.get('split')!r} is none of {', '.join(SPLITS)}"
    if video_id in index.instances:
        return f"video_id {video_id} is listed already under {index.instances[video_id].gloss!r}"
    return ""
