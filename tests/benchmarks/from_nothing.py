"""What other networks, and guessing beforehand, bring: python -m tests.benchmarks.from_nothing TENSORS --out OUT

Each row is trained from nothing by the recipe of the preset `base` on TENSORS, what `transform` made of some glosses,
and scored on their val; prints a line of Markdown for each. MANY: what `transform` made of all glosses, whose train
clips one row learns from beforehand, without their labels. A run whose report is in OUT is not done again.
"""

import argparse
import logging
import sys
from pathlib import Path
from typing import Any

from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.networks import NETWORKS
from stages.reports.files import find_report
from stages.reports.training import TrainReport
from stages.training.fit import fit
from stages.training.recipe import Recipe
from tests.benchmarks import masked, skeleton_graph
from tests.benchmarks.ablation import base_recipe

EPOCHS, GUESSING = 20, 8  # of learning signs, and of guessing before it
LONGER = 54  # epochs of TENSORS' 300 glosses that see as many clips as guessing of all glosses and then learning do
GUESSED = "GISLR that guessed hidden stretches first"
ROWS: dict[str, dict[str, Any]] = {
    "GISLR": {},
    "GISLR by AdamW": {"optimizer": "adamw"},
    "GISLR, three groups of blocks, not two": {"gislr": {"groups": 3}},
    GUESSED: {},
    "GISLR, as long as guessing and learning took": {"epochs": LONGER},
    "skeleton graph": {"network": "skeleton_graph"},
}


def recipe_of(row: str, seed: int, start: str) -> Recipe:
    """The recipe of a row."""
    changes = {"epochs": EPOCHS, "seed": seed, "warm_start": start} | ROWS[row]
    network = changes.pop("network", "gislr")
    recipe = base_recipe(**changes)
    return recipe if network == "gislr" else recipe.model_copy(update={"network": network, "hyper": {}})


def main() -> None:
    """Train, and tell."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tensors", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--many", type=Path, help="tensors of all glosses")
    parser.add_argument("--only", choices=ROWS, nargs="*", help="rows, all by default; one of them needs --many")
    parser.add_argument("--seeds", type=int, nargs="*", default=(0,))
    told = parser.parse_args()
    rows = told.only or [row for row in ROWS if row != GUESSED or told.many]
    if GUESSED in rows and not told.many:
        parser.error(f"--many is missing: what {GUESSED!r} learns from beforehand")
    NETWORKS["skeleton_graph"] = skeleton_graph
    spec = TensorSpec.read(told.tensors / "spec.json")
    train, val = (RaggedClips.open(told.tensors / part) for part in ("train", "val"))
    for seed in told.seeds:
        for row in rows:
            folder = told.out / f"{row.replace(' ', '-')}-{seed}"
            if (report := find_report(folder / "report.json", TrainReport)) is None:
                guessed = row == GUESSED and masked.pretrained(told.many, GUESSING, told.out / "guessed")
                start = str(guessed.resolve()) if guessed else ""
                report = fit(recipe_of(row, seed, start), spec, train, val, folder)
            shares = " / ".join(f"{100 * report.history[-1][key]:.1f}" for key in ("val_accuracy", "val_top5_accuracy"))
            size, minutes = f"{report.parameters / 1e6:.2f}", f"{report.seconds / 60:.0f}"
            sys.stdout.write(f"| {row} | {size} | {seed} | {shares} | {len(val)} | {minutes} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
