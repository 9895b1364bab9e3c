"""Goes through all archives once and finds the clips that may be used."""

import hashlib
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tqdm import tqdm

from stages.corpus.archives import Archive, MemberError
from stages.corpus.imported import TAKEN, manifest_rows
from stages.corpus.wlasl import Index, Instance
from stages.pose.video import SUFFIXES, VideoError, probe

NESTED = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")


@dataclass
class Survey:
    """What was found.

    Attributes:
        rows: one dict a clip, with the manifest's columns.
        found: clips taken from each archive, by its path as written in archives.json.
        videos: videos that each archive holds.
        missing: instances of which no archive holds a readable video.
        broken: one line for each video that was tried and could not be used.
        notes: one line for each other thing a person should know.
        unlisted: videos that the list does not name.
        nested: one line for each archive inside an archive; what it holds is not looked at.
        unopened: one line for each archive that cannot be opened.
    """

    rows: list[dict] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    videos: dict[str, int] = field(default_factory=dict)
    missing: list[Instance] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unlisted: int = 0
    nested: list[str] = field(default_factory=list)
    unopened: list[str] = field(default_factory=list)

    @property
    def broken_share(self) -> float:
        """Broken videos among all that were tried."""
        tried = len(self.broken) + len(self.rows)
        return len(self.broken) / tried if tried else 0.0


@dataclass(frozen=True)
class _Candidate:
    archive: Archive
    path: str
    kind: str
    member: str
    problem: str


def survey(archives: Iterable[tuple[str, str, Archive]], index: Index) -> Survey:
    """Look for every instance of the list, in the archives' order: missing in the first, then the second.

    Args:
        archives: (path as in archives.json, kind, opened archive).
        index: WLASL's list.

    Returns:
        The survey; its rows in the official order of glosses, then by video_id.
    """
    result = Survey(notes=list(index.problems))
    candidates: dict[str, list[_Candidate]] = {}
    others: dict[str, str] = {}
    for path, kind, archive in archives:
        result.found[path] = 0
        result.videos[path] = 0
        for candidate, video_id in _videos(path, kind, archive, result, others):
            candidates.setdefault(video_id, []).append(candidate)
    result.unlisted = sum(video_id not in index.instances for video_id in candidates)
    wanted = sorted(index.instances.values(), key=lambda i: (i.label, i.video_id))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda i: _take(i, candidates.get(i.video_id, [])), wanted)
        for instance, (row, broken) in zip(wanted, tqdm(outcomes, "clips", len(wanted), mininterval=1), strict=True):
            result.broken += broken
            if row is None:
                result.missing.append(instance)
                result.notes += [others[instance.video_id]] if instance.video_id in others else []
            else:
                result.rows.append(row)
                result.found[row["archive"]] += 1
    return result


def add_imported(found: Survey, paths: list[str], index: Index) -> None:
    """Add the clips of imported landmarks, in their files' order, which is the fast one to read them in.

    A gloss of WLASL's list keeps its label, others follow in the order in which they appear. A video that was found
    already stays as it is.
    """
    labels = {gloss: label for label, gloss in enumerate(index.glosses)}
    taken = {row["video_id"] for row in found.rows}
    found.found.update(dict.fromkeys(paths, 0))
    found.videos.update(dict.fromkeys(paths, 0))
    for row, problem in manifest_rows([Path(path) for path in paths]):
        if row is None:
            (found.notes if problem.endswith(TAKEN) else found.broken).append(problem)
        elif row["video_id"] in taken:
            found.notes.append(f"{Path(row['archive']).name}: {row['video_id']} is there as a video {TAKEN}")
        else:
            row["label"] = labels.setdefault(row["gloss"], len(labels))
            found.rows.append(row)
            found.found[row["archive"]] += 1
            found.videos[row["archive"]] += 1


def _videos(
    path: str, kind: str, archive: Archive, result: Survey, others: dict[str, str]
) -> Iterator[tuple[_Candidate, str]]:
    """Candidates of one archive with their video_id; by that, `others` gets a line on each file that is no video."""
    seen: dict[str, str] = {}
    for member in archive.members():
        suffix = member.path.suffix.lower()
        if suffix not in SUFFIXES:
            if suffix in NESTED:
                result.nested.append(
                    f"{archive.path.name} holds an archive, {member.name}, of which nothing is read: unpack all into a "
                    f"folder {archive.path.stem}, which is read in place of the zip"
                )
            elif member.problem:
                result.notes.append(f"{archive.path.name}: {member.name!r} is passed over: {member.problem}")
            others[member.path.name.split(".")[0]] = (
                f"{archive.path.name}: {member.name} is passed over: {suffix or 'no suffix'} is not a video's; "
                f"known are {', '.join(SUFFIXES)}"
            )
            continue
        video_id = member.path.stem
        result.videos[path] += 1
        if video_id in seen:
            result.notes.append(f"{archive.path.name}: {member.name} is a second {video_id}; {seen[video_id]} is used")
            continue
        seen[video_id] = member.name
        yield _Candidate(archive, path, kind, member.name, member.problem), video_id


def _take(instance: Instance, candidates: list[_Candidate]) -> tuple[dict | None, list[str]]:
    """The manifest's row of the first candidate that can be read, and a line for each that could not."""
    broken: list[str] = []
    for c in candidates:
        try:
            if c.problem:
                raise MemberError(c.problem)
            data = c.archive.read(c.member)
            info = probe(data)
        except (MemberError, VideoError) as error:
            broken.append(f"{c.archive.path.name}: {c.member}: {error}")
            continue
        row = {
            **{name: getattr(instance, name) for name in ("video_id", "gloss", "label", "split", "signer", "source")},
            **{"archive": c.path, "kind": c.kind, "member": c.member, "size": len(data)},
            **{"sha256": hashlib.sha256(data).hexdigest(), "fps": info.fps, "frames": info.frames},
            **{"width": info.width, "height": info.height, "turned": info.turned, "times": info.times},
        }
        return row, broken
    return None, broken
