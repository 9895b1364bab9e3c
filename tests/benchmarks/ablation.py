"""What each element of the recipe brings: python -m tests.benchmarks.ablation --folder FOLDER --out OUT

Trains GISLR on the first 100 glosses of the imported hands (see hands.py) with one element of the recipe taken away at
a time, three seeds each, scores on val, and writes reports/ablation.md. A run that stands in reports/ablation.jsonl is
not done again, and an interrupted one goes on, so it can be stopped at any time; delete that file to begin anew.
The row with pretraining goes on from what `tests.benchmarks.hands 1000 --out OUT` left. `--only ROW` runs one row; two
at once, each with TF_NUM_INTRAOP_THREADS=1, make better use of two cores.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import scipy.stats

from stages.augmentation.random import Strength
from stages.features.pieces import STANDARD
from tests.benchmarks.hands import pretrained, tensors

REPORT, RUNS = Path("reports/ablation.md"), Path("reports/ablation.jsonl")
GLOSSES, SEEDS = 100, (0, 1, 2)
EPOCHS, PREDECESSOR_EPOCHS = 40, 100
EVERY_FRAME = {"stride": 1, "kernel": 17}
log = logging.getLogger(__name__)


def without(word: str) -> dict[str, tuple[str, ...]]:
    """Hyper-parameters of a network that does not see the pieces in whose names this word is."""
    return {"pieces": tuple(name for name in STANDARD if word not in name)}


PRETRAINED = "every frame, with pretraining on 1,000 glosses"
# by name: changed parameters of `train`
ROWS: dict[str, dict[str, Any]] = {
    "whole recipe": {},
    "without random changes": {"augmentation": dict.fromkeys(Strength.model_fields, 0)},
    "without hand shapes": {"gislr": without("shape")},
    "without differences": {"gislr": without("motion")},
    "without averaged weights": {"average_momentum": 0.0},
    "every frame a step, not every second": {"gislr": EVERY_FRAME},
    PRETRAINED: {"gislr": EVERY_FRAME},
}
PREDECESSOR = "predecessor's recipe"


def run(row: str, seed: int, folder: Path, out: Path) -> dict:
    """One training: {"row", "seed", "epochs", "val", "seconds"}."""
    spec, train, val = tensors(folder, GLOSSES, out / f"hands-{GLOSSES}")
    began = time.monotonic()
    epochs = PREDECESSOR_EPOCHS if row == PREDECESSOR else EPOCHS
    if row == PREDECESSOR:
        from tests.benchmarks.predecessor import fit as fit_predecessor

        _, history = fit_predecessor(train, val, GLOSSES, epochs, seed)
        best = max(history, key=lambda h: h["val_accuracy"])
        scored = {"accuracy": best["val_accuracy"], "top5_accuracy": best["val_top5_accuracy"], "n": len(val)}
    else:
        from stages.train import Params
        from stages.training.fit import fit

        changed = ROWS[row] | ({"warm_start": str(pretrained(out))} if row == PRETRAINED else {})
        recipe = Params(**changed, epochs=epochs, seed=seed).recipe("gislr")
        name = row.replace(" ", "-")
        scored = fit(recipe, spec, train, val, out / "ablation" / f"{name}-{seed}").val.model_dump()
    return {"row": row, "seed": seed, "epochs": epochs, "val": scored, "seconds": round(time.monotonic() - began)}


def finished() -> list[dict]:
    """What `run` gave, of all runs so far."""
    return [json.loads(line) for line in RUNS.read_text().splitlines()] if RUNS.is_file() else []


def interval(values: list[float]) -> str:
    """Mean of the seeds in percent, with its 95 % interval (Student's t) when there are several."""
    mean = f"{100 * np.mean(values):.1f}"
    if len(values) < 2:
        return mean
    half = scipy.stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5
    return f"{mean} ± {100 * half:.1f}"


def table(done: list[dict]) -> str:
    """The report, as Markdown."""
    lines = [
        "# What each element of the recipe brings",
        "",
        f"GISLR on the first {GLOSSES} glosses, hands only, from scratch unless said; val accuracy in percent "
        f"(n = {done[0]['val']['n']}), mean of the seeds ± 95 % interval over them. Made by "
        "`python -m tests.benchmarks.ablation`.",
        "",
        "| recipe | seeds | epochs | top-1 | top-5 | minutes a run |",
        "|---|---|---|---|---|---|",
    ]
    for row in (PREDECESSOR, *ROWS):
        of_row = [d for d in done if d["row"] == row]
        if of_row:
            top1, top5 = (interval([d["val"][k] for d in of_row]) for k in ("accuracy", "top5_accuracy"))
            minutes = np.mean([d["seconds"] for d in of_row]) / 60
            lines.append(f"| {row} | {len(of_row)} | {of_row[0]['epochs']} | {top1} | {top5} | {minutes:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is not done yet, and write the report after each run."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--only", choices=(PREDECESSOR, *ROWS))
    parser.add_argument("--one", metavar="SEED", type=int, help="run just this seed of --only in this process")
    told = parser.parse_args()
    if told.one is not None:
        found = run(told.only, told.one, told.folder, told.out)
        with RUNS.open("a") as file:
            file.write(json.dumps(found) + "\n")
        return
    wanted = [(row, seed) for row in ROWS for seed in SEEDS] + [(PREDECESSOR, 0)]
    if told.only in (None, PRETRAINED):
        pretrained(told.out)  # is there? before an hour of the other rows
    for row, seed in wanted:
        done = finished()
        if told.only in (None, row) and (row, seed) not in [(d["row"], d["seed"]) for d in done]:
            log.info("%s, seed %d", row, seed)
            # a process of its own: TensorFlow gives memory back only when it ends
            program = [sys.executable, "-m", "tests.benchmarks.ablation", *sys.argv[1:], "--one", str(seed)]
            subprocess.run([*program, "--only", row], check=True)
            done = finished()
        if done:
            REPORT.write_text(table(done), encoding="utf-8")


if __name__ == "__main__":
    main()
