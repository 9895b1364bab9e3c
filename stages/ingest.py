"""Reads the archives in place and lists every usable clip in a manifest. Run as `python -m stages.ingest`."""

import contextlib
import json
import logging
from collections import Counter
from pathlib import Path

import pandas as pd
from pydantic import Field

from stages import paths
from stages.corpus.archives import ArchiveEntry, ArchiveError, list_archives, open_archive
from stages.corpus.duplicates import duplicate_counts, resolve_duplicates
from stages.corpus.lists.listing import Listing
from stages.corpus.lists.registry import read_list
from stages.corpus.manifest import to_frame, write_manifest
from stages.corpus.survey import Survey, add_imported, survey
from stages.params import Section
from stages.reports.files import write_json
from stages.start import StageError, stage

log = logging.getLogger(__name__)


class Params(Section):
    """Parameters of `ingest`."""

    max_broken_share: float = Field(
        0.01, ge=0, le=1, description="0-1; more broken videos or list entries than this stop the stage"
    )
    max_clip_mb: int = Field(256, ge=1, description="MiB; a larger video is refused unread")
    resolve_duplicates: bool = Field(
        True, description="drop byte-identical clips that contradict each other, stand in two splits or repeat"
    )
    synonyms: bool = Field(
        False, description="byte-identical clips under several glosses: true keeps one for each, false drops all"
    )


def ingest(params: Params) -> None:
    """Write the manifest and both reports.

    Raises:
        StageError: nothing usable was found, or too much is broken. The reports are written all the same.
    """
    found, listing = look_through(list_archives(paths.RAW), params.max_clip_mb * 2**20)
    before = to_frame(found.rows)
    after, lines = resolve_duplicates(before, params.synonyms) if params.resolve_duplicates else (before, [])
    report = summarise(found, listing, before, after)
    write_json(paths.INGESTED, report)
    paths.INGESTED_READABLE.write_text(readable(report, found, lines), encoding="utf-8")
    log.info("%s", headline(report))
    for line in found.nested:
        log.warning("warning: %s", line)
    check(found, listing, params.max_broken_share)
    write_manifest(after, paths.MANIFEST)


def look_through(entries: list[ArchiveEntry], max_bytes: int) -> tuple[Survey, Listing]:
    """Open all archives, read the data set's list and look for every clip of it, then for imported landmarks."""
    archives, unopened = [], []
    with contextlib.ExitStack() as stack:
        for entry in entries:
            if entry.kind == "npz":
                continue
            try:
                archive = open_archive(entry.path, entry.kind, max_bytes)
            except ArchiveError as error:
                unopened.append(str(error))
                continue
            stack.callback(archive.close)
            archives.append((entry.path, entry.kind, archive))
        listing = read_list(archive for _, _, archive in archives)
        found = survey(archives, listing)
    try:
        add_imported(found, [entry.path for entry in entries if entry.kind == "npz"], listing)
    except ArchiveError as error:
        unopened.append(str(error))
    found.unopened = unopened
    return found, listing


def summarise(found: Survey, listing: Listing, before: pd.DataFrame, after: pd.DataFrame) -> dict:
    """The report's numbers."""
    counts = list(found.found.values())
    return {
        "dataset": listing.dataset,
        "glosses_listed": len(listing.labels),
        "clips_listed": len(listing.entries),
        "found_in_first": counts[0] if counts else 0,
        "added_from_later": sum(counts[1:]),
        "missing": len(found.missing),
        "broken": len(found.broken),
        "broken_share": round(found.broken_share, 6),
        "bad_entries": len(found.notes),
        "videos_not_listed": found.unlisted,
        "archives": {
            Path(path).name: {"videos": found.videos[path], "used": used} for path, used in found.found.items()
        },
        "duplicates": {"before": duplicate_counts(before), "after": duplicate_counts(after)},
        "clips_before": len(before),
        "clips": len(after),
        "glosses": int(after["gloss"].nunique()),
        "splits": {split: int((after["split"] == split).sum()) for split in ("train", "val", "test")},
    }


def headline(report: dict) -> str:
    """The report in one line."""
    return (
        f"found in the first archive {report['found_in_first']:,}, added from later ones "
        f"{report['added_from_later']:,}, missing {report['missing']:,}, broken {report['broken']:,}; "
        f"{report['clips_before'] - report['clips']} identical clips dropped, {report['clips']:,} clips of "
        f"{report['glosses']:,} glosses go on"
    )


def readable(report: dict, found: Survey, duplicates: list[str]) -> str:
    """The report as Markdown, with a line for everything that went wrong and the missing counted by gloss."""
    missing = Counter(entry.gloss for entry in found.missing)
    sections = {
        "Archives that cannot be opened": found.unopened,
        "Archives inside archives": found.nested,
        "Broken videos": found.broken,
        "Other remarks": found.notes,
        "Byte-identical clips": duplicates,
        "Missing videos by gloss": [f"{gloss}: {count}" for gloss, count in missing.items()],
    }
    text = f"# Ingest\n\n{headline(report).capitalize()}.\n\n```json\n{json.dumps(report, indent=2)}\n```\n"
    for title, lines in sections.items():
        text += f"\n## {title}\n\n" + ("\n".join(f"- {line}" for line in lines) or "None.") + "\n"
    return text


def check(found: Survey, listing: Listing, max_share: float) -> None:
    """Stop when what was found cannot be trusted."""
    if found.unopened:
        raise StageError("\n".join(found.unopened))
    if listing.refusal or not found.rows:
        why = listing.refusal or f"None of the {len(listing.entries)} listed videos could be read"
        raise StageError("\n".join([f"{why}; see {paths.INGESTED_READABLE}", *found.nested]))
    bad = len(listing.problems) / max(len(listing.problems) + len(listing.entries), 1)
    for what, share in (("videos", found.broken_share), ("entries of the list", bad)):
        if share > max_share:
            raise StageError(
                f"{share:.1%} of the {what} are broken, more than ingest.max_broken_share = {max_share:.1%}; each is "
                f"named in {paths.INGESTED_READABLE}. Repair the archives, or raise the parameter to go on without "
                "them."
            )


def main() -> None:
    """Run the stage."""
    with stage("ingest", Params) as params:
        ingest(params)


if __name__ == "__main__":
    main()
