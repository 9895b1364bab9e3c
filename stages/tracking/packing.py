"""The folder that a version is: what the stages exported, and what travels with it."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from bentos.contract import integrity
from stages import paths
from stages.reports.files import write_json
from stages.tracking import facts


def travelling(scratch: Path) -> dict[str, Path]:
    """Files that travel in a version besides the export, by their place in it.

    Args:
        scratch: gets those that are only written for this.
    """
    tables = {split: pd.read_parquet(paths.TENSORS / split / "clips.parquet") for split in ("train", "val", "test")}
    clips = {split: sorted(set(table["video_id"].astype(str))) for split, table in tables.items()}
    listed = scratch / "clips.json"
    write_json(listed, clips)
    pins = scratch / "requirements-training.txt"
    pins.write_text(facts.pins(), encoding="utf-8")
    return {
        "clips.json": listed,
        "requirements-training.txt": pins,
        "landmark_statistics.json": paths.STATISTICS,
        "metrics.json": paths.METRICS,
        "reports": paths.EVALUATION,
        **{f"training/{name}": paths.TUNED / name for name in ("model.keras", "spec.json")},
    }


def pack(folder: Path, export: Path, known: Mapping[str, Any], extra: Mapping[str, Path]) -> Path:
    """Put a version's folder together, and seal it.

    Args:
        folder: made here.
        export: what the stage `export` wrote.
        known: completes the export's metadata; MLflow's own marks (`islr.…`) stay out of it.
        extra: more files or folders, by their place; missing ones are left out.

    Returns:
        The folder.
    """
    shutil.copytree(export, folder)
    metadata = json.loads((folder / "metadata.json").read_text(encoding="utf-8"))
    metadata |= {key: value for key, value in known.items() if not key.startswith("islr.")}
    write_json(folder / "metadata.json", metadata)
    write_json(folder / "labels.json", metadata["labels"])
    for place, source in extra.items():
        target = folder / place
        if source.is_dir():
            shutil.copytree(source, target)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    integrity.seal(folder)
    return folder
