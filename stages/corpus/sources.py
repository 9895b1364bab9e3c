"""Where raw data comes from: each source says which archives the pipeline is to read."""

import hashlib
import zipfile
from dataclasses import asdict
from pathlib import Path

from tqdm import tqdm

from stages.corpus import kaggle
from stages.corpus.archives import ArchiveEntry, ArchiveError, open_archive
from stages.corpus.drawn.archives import FIRST, SECOND, write_sample
from stages.corpus.imported import ImportedLandmarks
from stages.corpus.lists.listing import ListError
from stages.corpus.lists.registry import recognise
from stages.reports.files import write_json
from stages.start import StageError

DATASETS = {FIRST: "risangbaskoro/wlasl-processed", SECOND: "sttaseen/wlasl2000-resized"}  # on Kaggle
LIST = "archives.json"
BLOCK = 1 << 22  # bytes hashed at a time


class SourceError(StageError):
    """The raw data cannot be had; the message says what to do."""


def sample(out: Path, glosses: int, takes: int, seed: int) -> list[ArchiveEntry]:
    """Draw the sample's two zips into `out`."""
    return [_file(path, "zip", str(path)) for path in write_sample(out, glosses, takes, seed)]


def zips(folder: Path) -> list[ArchiveEntry]:
    """Find the zips in a folder, and the folders that zips were unpacked to, by name: a data set's list and videos.

    Which data set it is, is told by its list. `.npz` files with landmarks beside them are taken along, for clips of
    which there is no video. All are read in place, never copied.

    Raises:
        SourceError: the folder is not there or holds none, or a zip is cut off.
    """
    held = sorted(folder.glob("*")) if folder.is_dir() else []
    unpacked = {path.name: path for path in held if path.is_dir() and not path.name.startswith(".")}
    packed = {path.stem: path for path in held if path.suffix.lower() == ".zip" and path.is_file()}
    if not (found := unpacked | packed):
        raise SourceError(
            f"{_lacks(folder)} zips with a data set's list and videos; set fetch.folder to where they are"
        )
    return [_in_place(path) for _, path in sorted(found.items())] + _beside(folder)


def wlasl(folder: Path) -> list[ArchiveEntry]:
    """Find the two WLASL zips in a folder, or folders of the same names that they were unpacked to; else as `zips`.

    Raises:
        SourceError: the folder or one of the zips is not there, or is cut off.
    """
    found = {
        name: next((p for p in (folder / name, folder / Path(name).stem) if p.exists()), None) for name in DATASETS
    }
    if missing := [name for name, path in found.items() if path is None]:
        wanted = "\n".join(f"  {name}: Kaggle data set {DATASETS[name]}" for name in missing)
        raise SourceError(
            f"{_lacks(folder)}\n{wanted}\nDownload the data set's archive, give it that name and put it there, or set "
            "fetch.folder to where it is; fetch.source=kaggle downloads both, fetch.source=sample needs neither."
        )
    return [_in_place(path) for path in found.values() if path] + _beside(folder)


def dataset_of(archives: list[ArchiveEntry]) -> str:
    """The name of the data set whose list the archives hold, told by the names of their files.

    Raises:
        SourceError: they hold no list that is known, or several data sets'.
    """
    names: set[str] = set()
    try:
        for entry in archives:
            if entry.kind != "npz":
                archive = open_archive(entry.path, entry.kind, 0)
                names.update(member.path.name for member in archive.members())
                archive.close()
        return recognise(names).dataset
    except (ArchiveError, ListError) as error:
        raise SourceError(str(error)) from None


def download(sizes_gb: tuple[float, float]) -> list[ArchiveEntry]:
    """Download the two data sets from Kaggle into the client's cache, unpacked.

    Args:
        sizes_gb: how much disk each of the two takes, gigabytes.

    Raises:
        SourceError: they do not fit or cannot be had; the message says what to do.
    """
    try:
        kaggle.check_disk(dict(zip(DATASETS.values(), sizes_gb, strict=True)))
        return [_in_place(kaggle.download(handle)) for handle in DATASETS.values()]
    except kaggle.KaggleError as error:
        raise SourceError(str(error)) from None


def landmarks(folder: Path) -> list[ArchiveEntry]:
    """Find the `.npz` files with landmarks in a folder, by name; they are read in place.

    Raises:
        SourceError: there is none, or one is not of the format; what each frame holds is checked by `ingest`.
    """
    files = sorted(folder.glob("*.npz"))
    if not files:
        raise SourceError(f"{_lacks(folder)} .npz files with landmarks; set fetch.folder to where they are")
    try:
        for path in files:
            ImportedLandmarks(path).close()
    except ArchiveError as error:
        raise SourceError(str(error)) from None
    return [_file(path, "npz", str(path.resolve())) for path in files]


def write_list(out: Path, source: str, archives: list[ArchiveEntry], dataset: str = "") -> None:
    """Write `archives.json`, by which the other stages find the raw data.

    Args:
        dataset: its name, where `source` does not tell it.
    """
    listed = [asdict(archive) for archive in archives]
    write_json(out / LIST, {"source": source, "dataset": dataset, "archives": listed})


def sha256_of(path: Path) -> str:
    """Hash a file, with a progress bar when it is large."""
    digest, size = hashlib.sha256(), path.stat().st_size
    bar = tqdm(
        total=size, desc=f"hashing {path.name}", unit="B", unit_scale=True, disable=True if size < 64 * BLOCK else None
    )
    with path.open("rb") as file, bar:
        while block := file.read(BLOCK):
            digest.update(block)
            bar.update(len(block))
    return digest.hexdigest()


def _lacks(folder: Path) -> str:
    """The beginning of a sentence on what is not in a folder."""
    return f"{folder} holds no" if folder.is_dir() else f"there is no folder {folder}, so no"


def _beside(folder: Path) -> list[ArchiveEntry]:
    """Landmark files beside videos, if there are any."""
    return landmarks(folder) if any(folder.glob("*.npz")) else []


def _in_place(path: Path) -> ArchiveEntry:
    """An archive that stays where it is, by its absolute path."""
    path = path.resolve()
    if path.is_dir():
        return _folder(path)
    if not zipfile.is_zipfile(path):
        raise SourceError(f"{path} is not a whole zip: it is cut off or something else; download it again")
    return _file(path, "zip", str(path))


def _file(path: Path, kind: str, name: str) -> ArchiveEntry:
    return ArchiveEntry(name, kind, path.stat().st_size, sha256_of(path))


def _folder(path: Path) -> ArchiveEntry:
    """A folder of unpacked members; its hash is of their names and sizes, which tells a changed set at no cost."""
    sizes = {str(file.relative_to(path)): file.stat().st_size for file in path.rglob("*") if file.is_file()}
    names = "".join(f"{name}\0{size}\n" for name, size in sorted(sizes.items()))
    return ArchiveEntry(str(path), "folder", sum(sizes.values()), hashlib.sha256(names.encode()).hexdigest())
