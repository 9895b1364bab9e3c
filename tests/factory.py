"""A clone of the repository with a small drawn sample, in which tests run the whole factory."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from bentos.contract import integrity
from tests.bentos.tiny_model import recorded

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# Four words and few epochs: enough that every stage has real work, little enough for a test.
SMALL = {
    "fetch": {"glosses": 4},
    "validate": {"min_clips": 20},
    "train": {"epochs": 6},
    "tune": {"trials": 2, "epochs": 2},
}


class Factory:
    """A clone of its own, with its own caches and MLflow database."""

    def __init__(self, root: Path) -> None:
        self.root = root
        names = ("HOME", "LANG", "SSL_CERT_FILE")
        self.env = {name: os.environ[name] for name in names if name in os.environ}
        self.env |= {"PATH": f"{BIN}:{os.environ['PATH']}", "ISLR_CACHE_DIR": str(root.parent / "cache")}
        self.env |= {"GIT_AUTHOR_NAME": "t", "GIT_AUTHOR_EMAIL": "t@example.org", "TF_CPP_MIN_LOG_LEVEL": "2"}
        self.env |= {"GIT_COMMITTER_NAME": "t", "GIT_COMMITTER_EMAIL": "t@example.org"}

    def run(self, *command: str) -> str:
        done = subprocess.run(command, cwd=self.root, env=self.env, capture_output=True, text=True)
        output = done.stdout + done.stderr
        assert done.returncode == 0, f"{' '.join(command)} failed:\n{output[-6000:]}"
        return output

    def dvc(self, *arguments: str) -> str:
        return self.run("dvc", *arguments)

    def report(self, name: str) -> dict:
        return json.loads((self.root / "reports" / name).read_text())

    def production(self) -> tuple[list[int], str | None, list[str]]:
        """All versions, the alias' version and the versions of the stage Production."""
        from mlflow import MlflowClient

        client = MlflowClient(f"sqlite:///{self.root / 'mlflow.db'}", f"sqlite:///{self.root / 'mlflow.db'}")
        versions = client.search_model_versions("name='pose2gloss'")
        alias = client.get_registered_model("pose2gloss").aliases.get("production")
        staged = [str(v.version) for v in versions if v.current_stage == "Production"]
        return sorted(int(v.version) for v in versions), alias and str(alias), staged


def put_base(root: Path, scratch: Path) -> None:
    """A tiny base in place of the repository's own, so that it is the same whatever that one is."""
    program = [sys.executable, "-m", "tests.bentos.tiny_model", scratch / "tiny", "1"]
    subprocess.run(program, check=True, cwd=ROOT, capture_output=True)
    base = root / "data" / "base"
    shutil.rmtree(base, ignore_errors=True)
    recorded(scratch / "tiny", base)
    shutil.copy(ROOT / "stages" / "serving_model" / "pyfunc.py", base)
    metadata = json.loads((base / "metadata.json").read_text())
    (base / "metadata.json").write_text(json.dumps(metadata | {"language": "ASL", "metrics": {}}))
    (base / "training").mkdir()
    (base / "training" / "spec.json").write_text("{}")
    integrity.seal(base)


def reproduced(root: Path) -> Factory:
    """A clone in `root`, of a small size, in which `dvc repro` has run once."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    for name in subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines():
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    (root / "dvc.lock").unlink(missing_ok=True)
    put_base(root, root.parent)
    params = yaml.safe_load((root / "params.yaml").read_text())
    for section, values in SMALL.items():
        params[section].update(values)
    (root / "params.yaml").write_text(yaml.safe_dump(params, sort_keys=False))
    factory = Factory(root)
    factory.run("git", "init", "-q")
    factory.run("git", "add", "-A")
    factory.run("git", "commit", "-qm", "Small sample")
    factory.dvc("repro")
    factory.run("git", "add", "-A")
    factory.run("git", "commit", "-qm", "Reproduced")
    return factory
