"""What one machine extracted, another gets by `dvc pull`, with a folder between them as the remote."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from stages.pose.store import LandmarkStore

ROOT = Path(__file__).resolve().parents[2]
EXTRACT = """
import numpy as np
from stages.pose.store import Clip, StoreWriter

with StoreWriter("data/landmarks") as store:
    for n in range(5):
        points = np.full((10 + n, 180, 3), n / 8, np.float16)
        store.append(Clip(str(n), "book", "train", "1", "test", "0" * 64, 25.0, 320, 240, points))
"""
PIPELINE = {"stages": {"landmarks": {"cmd": "python extract.py", "deps": ["extract.py"], "outs": ["data/landmarks"]}}}


def run(folder: Path, *command: str) -> str:
    """Run git or dvc in a folder; returns what it said."""
    names = {f"GIT_{who}_{what}": "t@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DVC_", "GIT_"))}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept | names | {"PATH": path, "PYTHONPATH": str(ROOT), "DVC_NO_ANALYTICS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command} failed:\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def test_pushed_landmarks_are_pulled_whole_and_not_extracted_again(tmp_path: Path) -> None:
    here, there, remote = tmp_path / "here", tmp_path / "there", tmp_path / "remote"
    (here / ".dvc").mkdir(parents=True)
    (here / ".dvc" / "config").write_text(f"[core]\n    remote = store\n['remote \"store\"']\n    url = {remote}\n")
    (here / "dvc.yaml").write_text(json.dumps(PIPELINE))
    (here / "extract.py").write_text(EXTRACT)
    (here / ".gitignore").write_text("/data\n/.dvc/tmp\n/.dvc/cache\n")
    run(here, "git", "init", "-q")
    run(here, "dvc", "repro", "-q")
    run(here, "git", "add", "-A")
    run(here, "git", "commit", "-qm", "Extract")
    run(here, "dvc", "push")
    run(tmp_path, "git", "clone", "-q", str(here), str(there))

    run(there, "dvc", "pull")

    mine, yours = (list(LandmarkStore(folder / "data" / "landmarks").read()) for folder in (here, there))
    assert [clip.video_id for clip in yours] == [clip.video_id for clip in mine] == list("01234")
    for a, b in zip(mine, yours, strict=True):
        np.testing.assert_array_equal(a.landmarks, b.landmarks)
    assert "didn't change, skipping" in run(there, "dvc", "repro")
