"""Trains and scores GISLR on imported landmarks of hands alone: WLASL's first glosses, train part against val part.

python -m tests.benchmarks.hands 100 --folder FOLDER --epochs 100 --seed 0
FOLDER has wlasl1000-hands-trainval.npz and wlasl-processed.zip. Prints one line of JSON; models and a cache of tensors
go to --out. `--set field=value` changes the recipe, `--warm-start` takes a model.keras of more glosses.
"""

import argparse
import hashlib
import json
import logging
import os
import sys
import time
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml

from stages.dataset.ragged import RaggedClips, RaggedWriter
from stages.dataset.spec import TensorSpec
from stages.serving_model.pose2gloss import prepare
from stages.train import Params
from stages.transform import rows

NPZ = "wlasl1000-hands-trainval.npz"


def glosses(folder: Path, count: int) -> list[str]:
    """The first `count` glosses in WLASL's own order."""
    with zipfile.ZipFile(folder / "wlasl-processed.zip") as archive:
        lines = archive.read("wlasl_class_list.txt").decode().splitlines()
    return [line.split("\t", 1)[1].strip() for line in lines[:count]]


def tensors(folder: Path, count: int, out: Path) -> tuple[TensorSpec, RaggedClips, RaggedClips]:
    """Write train and val clips of the first `count` glosses, or open those written before.

    Train clips that are a val clip too (the same landmarks, often under another gloss) are left out, as `split` does.
    """
    labels = glosses(folder, count)
    spec = TensorSpec(tuple(labels), rows(("left_hand", "right_hand")))
    if not (out / "val").is_dir():
        data = np.load(folder / NPZ)
        names, parts, ids, offsets, frames = (data[k] for k in ("gloss", "split", "video_id", "offsets", "frames"))
        raw = [frames[start:end] for start, end in pairwise(offsets)]
        digests = np.array([hashlib.sha256(clip.tobytes()).hexdigest() for clip in raw])
        kept = (parts == "val") | ~np.isin(digests, digests[parts == "val"])
        for part in ("train", "val"):
            with RaggedWriter(out / part) as writer:
                for i in np.flatnonzero((parts == part) & np.isin(names, labels) & kept):
                    clip = prepare(raw[i], float(data["fps"][i]))
                    known = {"gloss": str(names[i]), "split": part, "signer": "", "source": "", "video_id": str(ids[i])}
                    writer.add(clip, labels.index(names[i]), **known, fps=25.0, aspect=4 / 3, variant=0)
    return spec, RaggedClips.open(out / "train"), RaggedClips.open(out / "val")


def main() -> None:
    """Run one training."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("glosses", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--warm-start", default="")
    parser.add_argument("--set", nargs="*", default=[], metavar="FIELD=VALUE")
    told = parser.parse_args()
    spec, train, val = tensors(told.folder, told.glosses, told.out / f"hands-{told.glosses}")
    changed = {k: yaml.safe_load(v) for k, v in (item.split("=", 1) for item in told.set)}
    changed |= {"epochs": told.epochs, "seed": told.seed, "warm_start": told.warm_start}
    from stages.training.fit import fit  # Keras takes its backend from the environment as it is imported

    began = time.process_time()
    model = told.out / f"model-{told.glosses}-{told.seed}"
    report = fit(Params(**changed).recipe("gislr"), spec, train, val, model)
    said = {k: report[k] for k in ("network", "val", "best_epoch", "epochs", "seconds", "parameters")}
    last = report["history"][-1]
    said |= {"train_clips": len(train), "cpu_seconds": round(time.process_time() - began)}
    said |= {"last_epoch": {k: last[k] for k in ("val_accuracy", "val_top5_accuracy")}}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
