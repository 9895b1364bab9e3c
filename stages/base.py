"""Make what the pipeline has just exported the base model of the repository, in data/base.

No stage of dvc.yaml: run it as `python -m stages.base` after `dvc repro` on real signs, look at it, and commit it. An
empty registry gets it as its first version, and `train.warm_start: base` begins with it. `python -m stages.base seal`
writes the manifest anew after a file was changed by hand: nothing serves whose files are not as its manifest says.
"""

import argparse
import hashlib
import json
import logging
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from bentos.contract import integrity, trial
from bentos.contract.integrity import ModelError
from stages import paths
from stages.exporting import origin
from stages.reports.files import read_report
from stages.reports.training import TrainReport
from stages.start import StageError, command
from stages.tracking import facts
from stages.tracking.packing import pack, travelling

log = logging.getLogger(__name__)
MOST_MB = 12  # of the whole folder: every clone carries it
NEEDED = (paths.EXPORT / "metadata.json", paths.TUNED / "model.keras", paths.TUNED / "report.json", paths.METRICS)
LEFT = {"reports", "requirements-training.txt"}  # of what travels in other versions: too large, or of no use here


def made_of() -> dict[str, Any]:
    """What the model was made of: SHA-256 of the raw data by file name, recipe, commit, seed, seconds of training.

    No path of this machine is in it.

    Raises:
        StageError: a file of the pipeline is not here.
        FileNotFoundError: the model that the training began with, is not here.
    """
    report = read_report(paths.TUNED / "report.json", TrainReport)
    recipe = report.recipe
    return {
        "data": {Path(archive.path).name: archive.sha256 for archive in origin.fetched().archives},
        "recipe": recipe | {"warm_start": _began_with(recipe["warm_start"])},
        "seed": recipe["seed"],
        "seconds": report.seconds,
        **{name: value for name, value in facts.provenance().items() if name in ("git_commit", "git_dirty")},
    }


def _began_with(where: str) -> str:
    from stages.training.warm import checkpoint

    if not where or where.startswith("models:/"):
        return where
    return f"sha256:{hashlib.sha256((checkpoint(where) / 'model.keras').read_bytes()).hexdigest()}"


def halve(source: Path, target: Path) -> None:
    """Write a model.keras again in about half its size: weights with the digits of half precision, the zip deflated.

    Weights stay float32 of their own range, so Keras loads the file as ever; the digits that are gone are zeros, which
    deflate well. A weight changes by at most 1 part in 2,048.

    Args:
        source: as `fit` wrote it.
        target: the file to write.
    """
    from stages.training.saved import load_model

    model = load_model(source)
    for weight in model.weights:
        if weight.dtype.startswith("float"):  # not counters and seeds
            mantissa, exponent = np.frexp(np.array(weight))
            weight.assign(np.ldexp(np.round(mantissa * 2**11) / 2**11, exponent))
    with tempfile.TemporaryDirectory() as scratch:
        model.save(Path(scratch) / "model.keras")
        with (
            zipfile.ZipFile(Path(scratch) / "model.keras") as whole,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as small,
        ):
            for name in whole.namelist():
                small.writestr(name, whole.read(name))


def verify(folder: Path) -> float:
    """Refuse a base that is too large or does not answer as recorded; returns its size in MB.

    Raises:
        StageError: the sentence says what is wrong.
    """
    files = [path for path in folder.rglob("*") if path.is_file()]
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size / 1e6 for path in files}
    if (size := sum(sizes.values())) > MOST_MB:
        largest = ", ".join(f"{name} {sizes[name]:.1f}" for name in sorted(sizes, key=lambda n: -sizes[n])[:3])
        raise StageError(f"the base would have {size:.1f} MB, at most {MOST_MB} are allowed (largest: {largest} MB)")
    try:
        trial.run(integrity.verify(folder))
    except ModelError as error:
        raise StageError(f"the export does not answer as recorded ({error}): run `dvc repro --force export`") from None
    return size


def make() -> float:
    """Put the export into BASE, in place of what is there; returns its size in MB.

    Raises:
        FileNotFoundError: the pipeline has not exported here.
        StageError: the export is no ASL, or see `verify`.
    """
    if missing := [str(path) for path in NEEDED if not path.is_file()]:
        raise FileNotFoundError(f"{', '.join(missing)} missing: run `dvc repro`")
    language = json.loads((paths.EXPORT / "metadata.json").read_text(encoding="utf-8")).get("language")
    if language != origin.ASL:
        raise StageError(f"the export's words are {language or 'unknown'}, a base must know {origin.ASL}")
    paths.BASE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".base-", dir=paths.BASE.parent) as scratch:
        extra = {place: path for place, path in travelling(Path(scratch)).items() if place not in LEFT}
        folder = pack(Path(scratch) / "base", paths.EXPORT, facts.provenance() | {"provenance": made_of()}, extra)
        halve(paths.TUNED / "model.keras", folder / "training" / "model.keras")
        integrity.seal(folder)
        size = verify(folder)
        shutil.rmtree(paths.BASE, ignore_errors=True)
        folder.rename(paths.BASE)
    return size


def seal() -> float:
    """Write the manifest of the base that is there; returns its size in MB.

    Raises:
        StageError: there is none, or see `verify`.
    """
    if not paths.BASE.is_dir():
        raise StageError(f"there is no {paths.BASE} to seal: make it with `python -m stages.base`")
    integrity.seal(paths.BASE)
    return verify(paths.BASE)


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    p = argparse.ArgumentParser(prog="python -m stages.base", description=__doc__.splitlines()[0])
    p.add_argument("what", nargs="?", choices=["make", "seal"], default="make", help="%(default)s it, or seal it anew")
    given = p.parse_args(arguments)
    with command():
        if not Path("params.yaml").is_file():
            raise StageError(f"there is no params.yaml in {Path.cwd()}: run from the repository's root")
        size, card = seal() if given.what == "seal" else make(), paths.BASE / "MODEL_CARD.md"
        log.info("%s holds the base model now, %.1f MB; look at %s, then commit it", paths.BASE, size, card)


if __name__ == "__main__":
    main()
