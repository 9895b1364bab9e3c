"""Trains and scores GISLR on imported landmarks of hands alone: WLASL's first glosses, train part against val part.

python -m tests.benchmarks.hands 1000 --folder FOLDER --out OUT
python -m tests.benchmarks.hands 100 --folder FOLDER --out OUT --seed 0
FOLDER has wlasl1000-hands-trainval.npz and wlasl-processed.zip. Fewer glosses than 1,000 begin with what the first
command left in OUT; with `--scratch` they do not. Prints one line of JSON; models and a cache of tensors go to OUT.
`--set field=value` changes the recipe further.
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
from typing import Any

import numpy as np
import yaml

from stages.dataset.ragged import RaggedClips, RaggedWriter
from stages.dataset.spec import TensorSpec
from stages.serving_model.pose2gloss import prepare
from stages.train import Params
from stages.transform import rows

NPZ = "wlasl1000-hands-trainval.npz"
MANY = 1000  # glosses of the model that fewer begin with
# chosen on val of 1,000 glosses; a convolution sees 0.7 s
EVERY_FRAME = {"stride": 1, "kernel": 17}
# five clips a gloss are soon known by heart: changed more, and with more dropout, they teach for longer
PRETRAINING = {
    "epochs": 60,
    "weight_decay": 0.1,
    "gislr": EVERY_FRAME | {"dropout": 0.3},
    "augmentation": {
        "rotate": 18,
        "tilt": 15,
        "stretch": 0.2,
        "shear": 0.15,
        "hand_rotate": 15,
        "hand_zoom": 0.2,
        "jitter": 0.004,
        "blank": 0.5,
        "drop_hand": 0.15,
        "drop_frames": 0.2,
        "drop_points": 0.05,
    },
}
FINE_TUNING = {"epochs": 20, "learning_rate": 3e-4, "warmup_epochs": 1, "gislr": EVERY_FRAME}
SCRATCH = {"epochs": 40}


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


def pretrained(out: Path) -> Path:
    """What a training on 1,000 glosses left in `out`; FileNotFoundError if there was none."""
    model = out / f"model-{MANY}-0" / "model.keras"
    if not model.is_file():
        raise FileNotFoundError(f"no {model}: first run `python -m tests.benchmarks.hands {MANY}` with this --out")
    return model


def choices(count: int, scratch: bool, out: Path) -> dict[str, Any]:
    """What differs from the defaults of `train`."""
    if count == MANY:
        return PRETRAINING
    return SCRATCH if scratch else FINE_TUNING | {"warm_start": str(pretrained(out))}


def main() -> None:
    """Run one training."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("glosses", type=int)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scratch", action="store_true", help="begin with nothing, for 40 epochs")
    parser.add_argument("--set", nargs="*", default=[], metavar="FIELD=VALUE")
    told = parser.parse_args()
    spec, train, val = tensors(told.folder, told.glosses, told.out / f"hands-{told.glosses}")
    own = choices(told.glosses, told.scratch, told.out)
    changed = {k: yaml.safe_load(v) for k, v in (item.split("=", 1) for item in told.set)}
    from stages.training.fit import fit  # Keras takes its backend from the environment as it is imported

    began = time.process_time()
    kind = "scratch" if told.scratch else "model"
    model = told.out / f"{kind}-{told.glosses}-{told.seed}"
    report = fit(Params(**own | changed, seed=told.seed).recipe("gislr"), spec, train, val, model)
    said = {k: report[k] for k in ("network", "val", "best_epoch", "epochs", "seconds", "parameters")}
    last = report["history"][-1]
    said |= {"train_clips": len(train), "cpu_seconds": round(time.process_time() - began)}
    said |= {"last_epoch": {k: last[k] for k in ("val_accuracy", "val_top5_accuracy")}}
    sys.stdout.write(json.dumps(said) + "\n")


if __name__ == "__main__":
    main()
