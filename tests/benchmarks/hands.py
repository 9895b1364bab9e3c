"""Hands alone, WLASL's first glosses: runs the pipeline's own stages on imported landmarks, up to a trained GISLR.

python -m tests.benchmarks.hands 1000 --folder FOLDER --out OUT
python -m tests.benchmarks.hands 100 --folder FOLDER --out OUT --seed 0
FOLDER holds the .npz file. 1,000 glosses are learnt by the preset `base`; fewer go on, by the preset `wlasl100`, from
what the first command left in OUT, or with `--scratch` from nothing. `--set train.epochs=3` changes the preset further.
Prints one line of JSON; every run is a small project of its own in OUT.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec

ROOT = Path(__file__).resolve().parents[2]
TRAINED = Path("data/models/candidates/gislr")
BEFORE_TRAINING = ("fetch", "ingest", "landmarks", "validate", "split", "augment", "transform")
MANY = 1000  # glosses of the model that fewer begin with
SCRATCH = ("train.only={}", "train.epochs=40")


def run(project: Path, module: str, *arguments: str) -> None:
    """Run one of the project's commands in a folder of its own."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "MLFLOW_TRACKING_URI": f"sqlite:///{project / 'mlflow.db'}"}
    subprocess.run([sys.executable, "-m", module, *arguments], cwd=project, env=environment, check=True)


def prepared(folder: Path, count: int, out: Path) -> Path:
    """The project in `out` in which the first `count` glosses of the files in `folder` went up to `transform`."""
    project = (out / f"hands-{count}").resolve()
    if not (project / "data" / "tensors" / "spec.json").is_file():
        project.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "params.yaml", project)
        source = ("fetch.source=landmarks", f"fetch.folder={folder.resolve()}", f"split.max_labels={count}")
        run(project, "stages.preset", "base", *source)
        for stage in BEFORE_TRAINING:
            run(project, f"stages.{stage}")
    return project


def tensors(folder: Path, count: int, out: Path) -> tuple[TensorSpec, RaggedClips, RaggedClips]:
    """Train and val clips of the first `count` glosses, as the pipeline makes them."""
    made = prepared(folder, count, out) / "data" / "tensors"
    return TensorSpec.read(made / "spec.json"), RaggedClips.open(made / "train"), RaggedClips.open(made / "val")


def pretrained(out: Path) -> Path:
    """What a training on 1,000 glosses left in `out`; FileNotFoundError if there was none."""
    model = (out / f"model-{MANY}-0" / TRAINED / "model.keras").resolve()
    if not model.is_file():
        raise FileNotFoundError(f"no {model}: first run `python -m tests.benchmarks.hands {MANY}` with this --out")
    return model


def train(folder: Path, count: int, out: Path, seed: int, scratch: bool, more: list[str]) -> dict:
    """One training; returns the report of `fit`."""
    data = prepared(folder, count, out)
    if count == MANY or scratch:
        preset, own = ("base", ()) if count == MANY else ("wlasl100", SCRATCH)
    else:
        start = "{gislr: {warm_start: %s, epochs: 20, learning_rate: 3.0e-4, warmup_epochs: 1}}"
        preset, own = "wlasl100", (f"train.only={start % pretrained(out)}",)
    project = (out / f"{'scratch' if scratch else 'model'}-{count}-{seed}").resolve()
    (project / "data").mkdir(parents=True, exist_ok=True)
    shutil.copy(data / "params.yaml", project)
    if not (project / "data" / "tensors").exists():
        (project / "data" / "tensors").symlink_to(data / "data" / "tensors")
    run(project, "stages.preset", preset, *own, f"train.seed={seed}", *more)
    run(project, "stages.train", "gislr")
    return json.loads((project / TRAINED / "report.json").read_text(encoding="utf-8"))


def main() -> None:
    """Run one training."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("glosses", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", action="store_true", help="begin with nothing, for 40 epochs")
    parser.add_argument("--set", nargs="*", default=[], metavar="SECTION.FIELD=VALUE")
    told = parser.parse_args()
    report = train(told.folder, told.glosses, told.out, told.seed, told.scratch, told.set)
    last = report["history"][-1]
    said = {k: report[k] for k in ("network", "val", "best_epoch", "epochs", "seconds", "parameters")}
    said["last_epoch"] = {k: last[k] for k in ("val_accuracy", "val_top5_accuracy")}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
