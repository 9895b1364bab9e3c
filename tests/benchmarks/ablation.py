"""What each element of the recipe brings: python -m tests.benchmarks.ablation TENSORS --out OUT [--others CLIPS.npz]

Lets a model (the base by default) learn on for some epochs, with one element of the recipe changed at a time, scores
each on val and on people before other cameras, and writes reports/ablation.md. TENSORS is what `transform` made of the
first 1,000 glosses; OTHERS a file of imported landmarks. A run that stands in reports/ablation.jsonl is not done
again, and an interrupted one goes on, so it can be stopped at any time; delete that file to begin anew. `--only ROW`
runs one row; two at once, each with TF_NUM_INTRAOP_THREADS=1, make better use of two cores.
"""

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import scipy.stats

from stages.augmentation.random import Strength
from stages.dataset.ragged import COLUMNS, RaggedClips, RaggedWriter
from stages.dataset.spec import TensorSpec
from stages.features.pieces import STANDARD
from stages.preset import PARAMS, editor, presets, put
from stages.train import Params
from stages.training.recipe import Recipe
from tests.benchmarks import elements
from tests.bentos.serving import ROOT

REPORT, RUNS = ROOT / "reports" / "ablation.md", ROOT / "reports" / "ablation.jsonl"
SEEDS = (0, 1)
SHARES = ("accuracy", "top5_accuracy")
EPOCHS = 4
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Row:
    """One change: parameters of `train`, random changes, or an element that is not in the recipe."""

    train: dict[str, Any] = field(default_factory=dict)
    augmentation: dict[str, float] = field(default_factory=dict)
    element: elements.Element | None = None
    needs: str = ""  # the option that gives what it cannot do without


def without(word: str) -> dict[str, Any]:
    """Hyper-parameters of a network that does not see the pieces in whose names this word is."""
    return {"gislr": {"pieces": tuple(name for name in STANDARD if word not in name)}}


WEBCAMS = ("slow_camera", "cut_ends", "neighbours", "swap_hands", "drop_pose")
WHOLE, TAUGHT, CLEANED = "whole recipe", "targets half from three teachers", "without clips of suspect labels"
ROWS = {
    WHOLE: Row(),
    "without random changes": Row(augmentation=dict.fromkeys(Strength.model_fields, 0.0)),
    "without the changes that webcams bring": Row(augmentation=dict.fromkeys(WEBCAMS, 0.0)),
    "without hand shapes": Row(without("shape")),
    "without differences": Row(without("motion")),
    "without averaged weights": Row({"average_momentum": 0.0}),
    "Muon, not AdamW": Row({"optimizer": "muon"}),
    "label smoothing 0.2, not 0.1": Row({"label_smoothing": 0.2}),
    "late dropout 0.8, not 0.5": Row({"gislr": {"late_dropout": 0.8}}),
    "adversarial weight perturbation": Row(element=elements.adversarial_weights(0.005)),
    "finger shapes of another clip of the gloss": Row(element=elements.exchanged_shapes(0.3)),
    "fingers turned by up to 10°": Row(element=elements.turned_fingers(10)),
    TAUGHT: Row({"label_smoothing": 0.0}, needs="teachers"),
    CLEANED: Row(needs="suspects"),
}


def base_recipe(**changes: Any) -> Recipe:
    """The recipe of the preset `base`, changed; its `gislr` and `augmentation` keep what is not named."""
    document = editor().load((ROOT / PARAMS).read_text(encoding="utf-8"))
    for name, value in presets()["base"].items():
        put(document, name, value)
    told = document["train"]
    parts = {name: told[name] | changes.get(name, {}) for name in ("gislr", "augmentation")}
    return Params(**told | changes | parts).recipe("gislr")


def recipe_of(row: Row, start: str, seed: int) -> Recipe:
    """The recipe of a row, learning on from a model."""
    learning = {"epochs": EPOCHS, "optimizer": "adamw", "learning_rate": 5e-4, "warmup_epochs": 0.5, "seed": seed}
    return base_recipe(warm_start=start, augmentation=row.augmentation, **(learning | row.train))


def others(path: Path, spec: TensorSpec, folder: Path) -> RaggedClips:
    """The clips of a landmark file whose gloss is known, as `transform` would bring them to the network."""
    from stages.corpus.imported import ImportedLandmarks
    from stages.serving_model.pose2gloss import prepare

    if not folder.is_dir():
        file, labels = ImportedLandmarks(path), {gloss: i for i, gloss in enumerate(spec.labels)}
        with RaggedWriter(folder) as writer:
            for clip in file.clips:
                if clip.gloss in labels:
                    frames = prepare(file.read(clip.video_id).astype(np.float32), clip.fps, spec.frame_rate)
                    told = dict.fromkeys(COLUMNS, "") | {"video_id": clip.video_id, "gloss": clip.gloss, "variant": 0}
                    told |= {"fps": clip.fps, "aspect": clip.aspect}
                    writer.add(frames[: spec.max_frames], labels[clip.gloss], **told)
        file.close()
    return RaggedClips.open(folder)


def taught(paths: list[Path], spec: TensorSpec) -> elements.Element:
    """Targets of which half is what the models in these folders say."""
    from stages.training.saved import load_model

    models = [load_model(path / "model.keras") for path in paths]
    known = [{gloss: i for i, gloss in enumerate(TensorSpec.read(path / "spec.json").labels)} for path in paths]
    places = [np.array([labels[gloss] for gloss in spec.labels]) for labels in known]
    return elements.soft_targets(0.5, elements.said_by(models, places))


def run(name: str, seed: int, told: argparse.Namespace) -> dict:
    """One training: {"row", "seed", "epochs", "val", "others", "seconds"}."""
    from stages.training.fit import fit
    from stages.training.metrics import predict, scores
    from stages.training.saved import load_model

    row, spec = ROWS[name], TensorSpec.read(told.tensors / "spec.json")
    train, val = RaggedClips.open(told.tensors / "train"), RaggedClips.open(told.tensors / "val")
    if row.needs == "suspects":
        suspects = pd.read_csv(told.suspects, dtype={"video_id": str})["video_id"]
        train = train.subset(~train.clips["video_id"].isin(suspects).to_numpy())
    element = taught(told.teachers, spec) if row.needs == "teachers" else row.element
    folder, began = told.out / f"{name.replace(' ', '-')}-{seed}", time.monotonic()
    with nullcontext() if element is None else element(train):
        report = fit(recipe_of(row, told.start, seed), spec, train, val, folder)
    last = report.history[-1]
    known = {"accuracy": last["val_accuracy"], "top5_accuracy": last["val_top5_accuracy"], "n": len(val)}
    found = {"row": name, "seed": seed, "epochs": EPOCHS, "val": known, "seconds": round(time.monotonic() - began)}
    if told.others:
        clips = others(told.others, spec, told.out / "others")
        found["others"] = scores(predict(load_model(folder / "model.keras"), clips), clips.labels).model_dump()
    return found


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
    known, asked = done[0]["val"]["n"], done[0].get("others", {}).get("n", 0)
    lines = [
        "# What each element of the recipe brings",
        "",
        f"A model (the base, or what `--start` says) learns on for {EPOCHS} epochs (AdamW, 5e-4, cosine) on the first "
        f"1,000 glosses with one element changed. Percent of val clips (n = {known}, last epoch) and of other people "
        f"before their own webcams (n = {asked}); mean of the seeds ± 95 % interval over them. Made by "
        "`python -m tests.benchmarks.ablation`.",
        "",
        "| recipe | seeds | val: top-1 | top-5 | other people: top-1 | top-5 | minutes a run |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in ROWS:
        if of_row := [d for d in done if d["row"] == row]:
            parts = [[d[part][k] for d in of_row if part in d] for part in ("val", "others") for k in SHARES]
            cells = " | ".join(interval(values) if values else "–" for values in parts)
            minutes = np.mean([d["seconds"] for d in of_row]) / 60
            lines.append(f"| {row} | {len(of_row)} | {cells} | {minutes:.0f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run what is not done yet, and write the report after each run."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tensors", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--others", type=Path)
    parser.add_argument("--start", default="base", help="where to begin, as train.warm_start")
    parser.add_argument("--teachers", type=Path, nargs="*", default=[], help=f"folders of models, for {TAUGHT!r}")
    parser.add_argument("--suspects", type=Path, help=f"suspect_labels.csv of `validate`, for {CLEANED!r}")
    parser.add_argument("--seeds", type=int, nargs="*", default=SEEDS)
    parser.add_argument("--only", choices=ROWS, metavar="ROW", help="as the report names it")
    parser.add_argument("--one", metavar="SEED", type=int, help="run just this seed of --only in this process")
    told = parser.parse_args()
    if told.one is not None:
        found = run(told.only, told.one, told)
        with RUNS.open("a") as file:
            file.write(json.dumps(found) + "\n")
        return
    for name, seed in [(name, seed) for seed in told.seeds for name in ROWS]:
        needs = ROWS[name].needs
        wanted = told.only in (None, name) and (not needs or getattr(told, needs))
        if wanted and (name, seed) not in [(d["row"], d["seed"]) for d in finished()]:
            log.info("%s, seed %d", name, seed)
            # a process of its own: TensorFlow gives memory back only when it ends
            program = [sys.executable, "-m", "tests.benchmarks.ablation", *sys.argv[1:], "--one", str(seed)]
            subprocess.run([*program, "--only", name], check=True)
        if done := finished():
            REPORT.write_text(table(done), encoding="utf-8")


if __name__ == "__main__":
    main()
