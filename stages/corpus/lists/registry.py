"""The data sets that are known, and the reading of their lists from archives.

A further data set is one module with a READER, which is named here.
"""

from collections.abc import Iterable
from fnmatch import fnmatchcase

from stages.corpus.archives import Archive, Member
from stages.corpus.lists import asl_citizen, ms_asl, wlasl
from stages.corpus.lists.listing import Entry, ListError, Listing, Reader

Copies = list[tuple[Archive, Member]]

READERS = (wlasl.READER, asl_citizen.READER, ms_asl.READER)


def recognise(names: Iterable[str]) -> Reader:
    """The one reader whose files are there.

    Args:
        names: of all files, without their folders.

    Raises:
        ListError: there is none, or there are several; the message names what was looked for, or was found.
    """
    names = set(names)
    found = [reader for reader in READERS if any(_matches(name, *reader.files) for name in names)]
    if len(found) == 1:
        return found[0]
    lists = "; ".join(f"{', '.join(reader.files)} ({reader.dataset})" for reader in found or READERS)
    if found:
        raise ListError(f"The archives hold lists of {len(found)} data sets, where there must be one: {lists}")
    raise ListError(f"No archive holds the list of a data set that is known. Looked for: {lists}")


def read_list(archives: Iterable[Archive]) -> Listing:
    """Read the list of the one data set that the archives are of.

    Archives may repeat a file; a broken copy is a line in `problems`, and the next one is taken. Without any archive
    there is nothing to list; where there are some and the list is not whole, `refusal` says why.
    """
    held = [(archive, member) for archive in archives for member in archive.members()]
    if not held:
        return Listing()
    listing = Listing()
    try:
        reader = recognise(member.path.name for _, member in held)
        listing.dataset = reader.dataset
        for pattern in reader.files:
            copies = [(archive, member) for archive, member in held if _matches(member.path.name, pattern)]
            _add_file(listing, reader, pattern, copies)
    except ListError as error:
        return Listing(listing.dataset, problems=listing.problems, refusal=str(error))
    return listing


def _add_file(listing: Listing, reader: Reader, pattern: str, copies: Copies) -> None:
    """Add what the first usable copy of a file lists."""
    broken = []
    for archive, member in copies:
        where = f"{archive.path.name}: {member.name}"
        try:
            if member.problem:
                raise ListError(member.problem)
            said = list(reader.entries(member.path.name, archive.read(member.name)))
            if not any(isinstance(line, Entry) and not line.problem for line in said):
                raise ListError("it lists no usable clip" + (f"; {_first_problem(said)}" if said else ""))
        except ValueError as error:
            broken.append(f"{where}: {error}")
            continue
        listing.problems += broken
        for line in said:
            if isinstance(line, Entry):
                listing.add(line, where)
            else:
                listing.problems.append(f"{where}: {line}")
        return
    listing.problems += broken
    why = "; ".join(broken) if broken else f"no archive holds {pattern}"
    raise ListError(f"The list of {reader.dataset} cannot be used: {why}")


def _first_problem(said: list[Entry | str]) -> str:
    return f"{said[0].place}: {said[0].problem}" if isinstance(said[0], Entry) else said[0]


def _matches(name: str, *patterns: str) -> bool:
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in patterns)
