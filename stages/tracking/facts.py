"""Where a model comes from: code, data, environment."""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

import yaml

from stages import paths
from stages.tracking.runs import experiment


def git(*args: str) -> str:
    """What git answers; empty outside a repository or without git."""
    try:
        return subprocess.run(["git", *args], capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def locked(path: str | Path = "dvc.lock") -> dict:
    """The stages of dvc.lock but for `register`, which is written after the others have been used."""
    file = Path(path)
    stages = (yaml.safe_load(file.read_text(encoding="utf-8")) or {}).get("stages", {}) if file.is_file() else {}
    return {name: stage for name, stage in stages.items() if name != "register"}


def data_version(lock: dict, tensors: Path = paths.TENSORS) -> str:
    """Twelve digits that change when the clips, their landmarks or the choice of them change.

    Args:
        lock: from `locked`; DVC's own checksum of the tensors is used where it has one.
        tensors: else their lists of clips are hashed.
    """
    for out in lock.get("transform", {}).get("outs", ()):
        if out.get("path") == paths.TENSORS.as_posix() and out.get("md5"):
            return out["md5"].removesuffix(".dir")[:12]
    return hash_files(sorted(tensors.glob("*/clips.parquet")))[:12]


def hash_files(paths: Iterable[Path]) -> str:
    """SHA-256 over names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def provenance() -> dict[str, str]:
    """How to make this model again: git_commit, git_dirty, dvc_lock_sha256, data_version, dvc_experiment."""
    lock = locked()
    facts = {
        "git_commit": git("rev-parse", "HEAD"),
        "git_dirty": str(
            bool(git("status", "--porcelain", "--untracked-files=no", "--", "stages", "params.yaml"))
        ).lower(),
        "dvc_lock_sha256": hashlib.sha256(json.dumps(lock, sort_keys=True).encode()).hexdigest() if lock else "",
        "data_version": data_version(lock),
        "dvc_experiment": experiment() or "",
    }
    return {key: value for key, value in facts.items() if value}


@cache
def pins() -> str:
    """Every installed package with its version, as a requirements file."""
    headers = [d.metadata for d in distributions()]  # each access reads the file anew
    found = {h["Name"].lower(): h["Version"] for h in headers if h["Name"]}
    return "".join(f"{name}=={version}\n" for name, version in sorted(found.items()))
