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
from stages.corpus.lists.listing import Entry, Listing
from stages.pose.excerpt import frames_between
from stages.pose.video import SUFFIXES, VideoError, VideoInfo, probe

NESTED = (".zip", ".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst")


@dataclass
class Survey:
    """What was found.

    Attributes:
        rows: one dict a clip, with the manifest's columns.
        found: clips taken from each archive, by its path as written in archives.json.
        videos: videos that each archive holds.
        missing: entries of the list of which no archive holds a readable video.
        broken: one line for each video, or part of one, that was tried and could not be used.
        notes: one line for each other thing a person should know.
        unlisted: videos that the list does not name.
        nested: one line for each archive inside an archive; what it holds is not looked at.
        unopened: one line for each archive that cannot be opened.
    """

    rows: list[dict] = field(default_factory=list)
    found: dict[str, int] = field(default_factory=dict)
    videos: dict[str, int] = field(default_factory=dict)
    missing: list[Entry] = field(default_factory=list)
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


def survey(archives: Iterable[tuple[str, str, Archive]], listing: Listing) -> Survey:
    """Look for every clip of the list, in the archives' order: missing in the first, then the second.

    Args:
        archives: (path as in archives.json, kind, opened archive).
        listing: the data set's list.

    Returns:
        The survey; its rows in the data set's own order of glosses, then by video_id.
    """
    result = Survey(notes=list(listing.problems))
    candidates: dict[str, list[_Candidate]] = {}
    others: dict[str, str] = {}
    for path, kind, archive in archives:
        result.found[path] = 0
        result.videos[path] = 0
        for candidate, video in _videos(path, kind, archive, result, others):
            candidates.setdefault(video, []).append(candidate)
    wanted: dict[str, list[Entry]] = {}
    for entry in sorted(listing.entries.values(), key=lambda e: (listing.labels[e.gloss], e.video_id)):
        wanted.setdefault(entry.video, []).append(entry)
    result.unlisted = sum(video not in wanted for video in candidates)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = pool.map(lambda video: _take(wanted[video], candidates.get(video, [])), wanted)
        for video, (rows, broken) in zip(
            wanted, tqdm(outcomes, "videos", len(wanted), mininterval=1, disable=None), strict=True
        ):
            result.broken += broken
            missing = [entry for entry in wanted[video] if entry.video_id not in rows]
            result.missing += missing
            result.notes += [others[video]] if missing and video in others else []
            for entry in wanted[video]:
                if row := rows.get(entry.video_id):
                    result.rows.append(row | {"label": listing.labels[entry.gloss]})
                    result.found[row["archive"]] += 1
    result.rows.sort(key=lambda row: (row["label"], row["video_id"]))
    return result


def add_imported(found: Survey, paths: list[str], listing: Listing) -> None:
    """Add the clips of imported landmarks, in their files' order, which is the fast one to read them in.

    A gloss of the data set's list keeps its label, others follow in the order in which they appear. A video that was
    found already stays as it is.
    """
    labels, following = dict(listing.labels), max(listing.labels.values(), default=-1) + 1
    taken = {row["video_id"] for row in found.rows}
    found.found.update(dict.fromkeys(paths, 0))
    found.videos.update(dict.fromkeys(paths, 0))
    for row, problem in manifest_rows([Path(path) for path in paths]):
        if row is None:
            (found.notes if problem.endswith(TAKEN) else found.broken).append(problem)
        elif row["video_id"] in taken:
            found.notes.append(f"{Path(row['archive']).name}: {row['video_id']} is there as a video {TAKEN}")
        else:
            row["label"] = labels.setdefault(row["gloss"], following + len(labels) - len(listing.labels))
            found.rows.append(row)
            found.found[row["archive"]] += 1
            found.videos[row["archive"]] += 1


def _videos(
    path: str, kind: str, archive: Archive, result: Survey, others: dict[str, str]
) -> Iterator[tuple[_Candidate, str]]:
    """Candidates of one archive by their name without suffix; `others` gets a line on each file that is no video."""
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


def _take(entries: list[Entry], candidates: list[_Candidate]) -> tuple[dict[str, dict], list[str]]:
    """Rows of the manifest, by video_id, for the entries that one video holds, and a line for each that failed.

    Each entry is taken from the first candidate that can be read and holds it.
    """
    rows: dict[str, dict] = {}
    broken: list[str] = []
    for c in candidates:
        where = f"{c.archive.path.name}: {c.member}"
        try:
            if c.problem:
                raise MemberError(c.problem)
            data = c.archive.read(c.member)
            info = probe(data)
        except (MemberError, VideoError) as error:
            broken.append(f"{where}: {error}")
            continue
        file = {"archive": c.path, "kind": c.kind, "member": c.member, "size": len(data)}
        sha256 = hashlib.sha256(data).hexdigest()
        for entry in (entry for entry in entries if entry.video_id not in rows):
            try:
                rows[entry.video_id] = file | _clip(entry, info, sha256)
            except ValueError as error:
                broken.append(f"{where}: {entry.video_id}: {error}")
        if len(rows) == len(entries):
            break
    return rows, broken


def _clip(entry: Entry, info: VideoInfo, sha256: str) -> dict:
    """What the manifest says of a clip, given what is known of its video; ValueError where that does not hold it."""
    frames, times, part = info.frames, info.times, list[int]()
    if entry.seconds:
        part = [first, stop] = list(frames_between(*entry.seconds, info.fps, info.frames, info.times))
        frames, times = stop - first, tuple(time - info.times[first] for time in info.times[first:stop])
        sha256 = hashlib.sha256(f"{sha256} frames {first} to {stop}".encode()).hexdigest()
    return {
        **{name: getattr(entry, name) for name in ("video_id", "gloss", "split", "signer", "source")},
        **{"sha256": sha256, "part": part, "fps": info.fps, "frames": frames, "times": times},
        **{"width": info.width, "height": info.height, "turned": info.turned},
    }
