"""The list of parts of a bento, in CycloneDX's format: its packages with their hashes, and its model.

`bentoml build` writes it to `bentos/sbom.json`, and packs that file with the code.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bentos.settings import ROOT

PACKAGES = ROOT / "bentos" / "requirements.txt"
FILE = ROOT / "bentos" / "sbom.json"


class SbomError(Exception):
    """The list cannot be made; the message says what to do."""


def write(model: Mapping[str, str], file: Path = FILE) -> None:
    """Write the list of parts.

    Args:
        model: the version that is packed: `name`, `version`, `fingerprint` (SHA-256 of its manifest), and more.
        file: where to.

    Raises:
        SbomError: the program that lists packages is missing, or failed.
    """
    program = [sys.executable, "-m", "cyclonedx_py", "requirements", str(PACKAGES), "--output-reproducible"]
    pyproject = ["--pyproject", str(ROOT / "pyproject.toml")] if (ROOT / "pyproject.toml").is_file() else []
    done = subprocess.run([*program, *pyproject, "--of", "JSON"], capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise SbomError(f"the bento's list of parts cannot be made ({said}): `uv sync` installs cyclonedx-bom")
    parts = json.loads(done.stdout)
    parts.setdefault("components", []).append(_component(model))
    file.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")


def _component(model: Mapping[str, str]) -> dict[str, Any]:
    """The model as a part."""
    known = {key: value for key, value in model.items() if key not in ("name", "version", "fingerprint")}
    return {
        "type": "machine-learning-model",
        "bom-ref": "model",
        "name": model["name"],
        "version": model["version"],
        "hashes": [{"alg": "SHA-256", "content": model["fingerprint"]}],
        "properties": [{"name": f"islr:{key}", "value": value} for key, value in known.items()],
    }
