"""What tests do to a registry: register versions of chosen quality, promote at once, read the marks."""

import json
import shutil
import threading
from pathlib import Path

from bentos.contract.registry import MODEL_NAME
from stages import register
from stages.tracking import promotion, versions
from stages.tracking.connect import connect
from tests.stages import versions as other


def registered(worse: int | None = None, note: str = "") -> dict:
    """Run the stage on the project's export, changed if asked; returns reports/registration.json."""
    if worse is not None:
        shutil.rmtree("data/export")
        shutil.copytree("data/export-good", "data/export")
        other.make(worse, note)
    register.main([])
    return json.loads(Path("reports/registration.json").read_text())


def marks(client) -> tuple[str | None, list[str]]:
    """Alias and all versions in stage Production."""
    alias = client.get_registered_model(MODEL_NAME).aliases.get("production")
    staged = [str(v.version) for v in versions.all_versions(client) if v.current_stage == "Production"]
    return str(alias) if alias is not None else None, staged


def at_once(uri: str, *chosen: str) -> None:
    """One person for each version promotes it, all at the same time."""
    threads = [
        threading.Thread(
            target=promotion.promote, args=(connect(uri), version, "mine"), kwargs={"by": f"person {version}"}
        )
        for version in chosen
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def refuse(*_, **__):
    raise ConnectionError("connection refused")
