"""A clone in small: stages of a moment that write what the pipeline's reports would say, run and committed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
STAGE = """
import csv, json, os, yaml
params = yaml.safe_load(open("params.yaml"))["train"]
os.makedirs("reports/evaluate", exist_ok=True)
clips = [(s, g, f"{s}{i:02d}") for s in ("train", "val", "test") for i, g in enumerate(["book", "go", "yes"] * 8)]
rows = [(c, s, g, g if s == "train" or i % 10 < params["epochs"] else "no") for i, (s, g, c) in enumerate(clips)]
with open("reports/evaluate/predictions.csv", "w", newline="") as file:
    table = csv.writer(file)
    table.writerow(["video_id", "split", "actual", "predicted", "right"])
    table.writerows([(*row, row[2] == row[3]) for row in rows])
share = lambda split: sum(r[2] == r[3] for r in rows if r[1] == split) / 24
metrics = {s: {"accuracy": share(s), "top5_accuracy": 1.0, "loss": 0.5, "n": 24, "accuracy_ci": [0.1, 0.9],
               "top5_accuracy_ci": [0.8, 1.0], "calibration_error": 0.05} for s in ("val", "test")}
json.dump(metrics, open("reports/metrics.json", "w"))
with open("reports/select.csv", "w") as file:
    file.write("network,epoch,val_loss,val_accuracy\\ngislr,0,2.0,0.2\\ngislr,1,1.0," + str(share("val")) + "\\n")
"""
PIPELINE = {
    "stages": {
        "fetch": {"cmd": "ls data/incoming > reports/raw.txt", "deps": ["data/incoming"], "outs": ["reports/raw.txt"]},
        "validate": {
            "cmd": "cp reports/raw.txt reports/validation.txt",
            "deps": ["reports/raw.txt"],
            "outs": ["reports/validation.txt"],
        },
        "train": {
            "cmd": "python stages/train.py",
            "deps": ["stages/train.py", "reports/validation.txt"],
            "params": ["train"],
            "outs": ["reports/evaluate", "reports/select.csv"],
            "metrics": ["reports/metrics.json"],
        },
        "report": {
            "cmd": "cp reports/metrics.json reports/copy.json",
            "deps": ["reports/metrics.json"],
            "outs": ["reports/copy.json"],
        },
    }
}


class Clone:
    """A clone with a bare repository as origin and a folder as DVC remote."""

    def __init__(self, home: Path):
        self.root, self.origin, self.remote = home / "clone", home / "origin.git", home / "remote"
        names = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        path = f"{home / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "ISLR_", "GIT_", "MLFLOW_"))}
        self.env = kept | names | {"PATH": path, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"}

    def run(self, *command: str | Path, ok: bool = True, **env: str) -> subprocess.CompletedProcess:
        """Run a command in the clone."""
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.env | env,
            capture_output=True,
            text=True,
            timeout=300,
            stdin=subprocess.DEVNULL,
        )
        assert not ok or done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
        return done

    def copy(self, home: Path) -> "Clone":
        """The same with an origin and a remote of its own."""
        other = Clone(home)
        for mine, its in ((self.root, other.root), (self.origin, other.origin), (self.remote, other.remote)):
            shutil.copytree(mine, its)
        other.run("git", "remote", "set-url", "origin", str(other.origin))
        (other.root / ".dvc" / "config.local").write_text(_remote(other.remote))
        return other

    def commit(self, message: str) -> str:
        """Commit everything; returns the commit."""
        self.run("git", "add", "-A")
        self.run("git", "commit", "-qm", message)
        return self.run("git", "rev-parse", "HEAD").stdout.strip()

    def params(self, right: int) -> None:
        """How many clips of ten are recognised; the parameter is a real one, for stages check all sections."""
        (self.root / "params.yaml").write_text(f"train: {{epochs: {right}}}\nwatch: {{threshold: 0}}\n")


def _remote(folder: Path) -> str:
    return f"[core]\n    remote = store\n['remote \"store\"']\n    url = {folder}\n"


def make(home: Path) -> Clone:
    """A clone whose main branch was run with 5 of 10 clips right; pushed, with its outputs in the remote."""
    clone = Clone(home)
    (clone.root / "stages").mkdir(parents=True)
    (clone.root / "data" / "incoming").mkdir(parents=True)
    (clone.root / "data" / "incoming" / "first.npz").write_bytes(b"first")
    (clone.root / "reports").mkdir()
    (clone.root / "stages" / "train.py").write_text(STAGE)
    (clone.root / "dvc.yaml").write_text(json.dumps(PIPELINE))
    (clone.root / ".gitignore").write_text("/reports/\n/run/\n/data/watch/\n.venv\n")
    clone.params(5)
    clone.run("git", "init", "-q", "-b", "main")
    clone.run("git", "init", "-q", "--bare", str(clone.origin))
    clone.run("git", "remote", "add", "origin", str(clone.origin))
    clone.run("dvc", "init", "-q")
    (clone.root / ".dvc" / "config.local").write_text(_remote(clone.remote))
    clone.run("dvc", "repro", "-q")
    clone.commit("Run")
    clone.run("git", "push", "-q", "origin", "main")
    clone.run("dvc", "push", "-q", "--run-cache")
    return clone
