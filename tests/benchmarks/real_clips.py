"""Real clips, body and face included: our recipe from scratch and after pretraining on hands, and the predecessor's.

python -m tests.benchmarks.real_clips scratch|pretrained|predecessor --data DATA --out OUT --seed 0
DATA is the data folder of a pipeline that ran to `transform` (`dvc repro transform`, fetch.source: wlasl);
`pretrained` takes what `tests.benchmarks.hands 1000 --out OUT` left. Chooses the epoch on val; prints one line of JSON.
"""

import argparse
import json
import logging
import os
import sys
import time
from pathlib import Path

from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.evaluation.tables import summary
from stages.train import Params
from tests.benchmarks.hands import pretrained

EVERY_FRAME = {"stride": 1, "kernel": 17}  # as the network has it that the pretraining leaves
EPOCHS = {"scratch": 60, "pretrained": 60, "predecessor": 50}


def main() -> None:
    """Train one way, score on val and test."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("way", choices=tuple(EPOCHS))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--test", action="store_true", help="score on test too: once, when all is chosen")
    told = parser.parse_args()
    spec = TensorSpec.read(told.data / "tensors" / "spec.json")
    clips = {split: RaggedClips.open(told.data / "tensors" / split) for split in ("train", "val", "test")}
    began, epochs = time.monotonic(), EPOCHS[told.way]
    if told.way == "predecessor":
        from tests.benchmarks import predecessor

        model, history = predecessor.fit(clips["train"], clips["val"], len(spec.labels), epochs, told.seed)
        predict = predecessor.predict
    else:
        from stages.training.fit import fit
        from stages.training.metrics import predict
        from stages.training.saved import load_model

        own = {"warm_start": str(pretrained(told.out)), "gislr": EVERY_FRAME} if told.way == "pretrained" else {}
        recipe = Params(**own, epochs=epochs, seed=told.seed).recipe("gislr")
        folder = told.out / f"real-{told.way}-{told.seed}"
        history = fit(recipe, spec, clips["train"], clips["val"], folder).history
        model = load_model(folder / "model.keras")
    said = {"way": told.way, "seed": told.seed, "seconds": round(time.monotonic() - began), "epochs": len(history)}
    said["last_epoch"] = {"val_accuracy": history[-1]["val_accuracy"]}
    for split in ("val", "test") if told.test else ("val",):
        said[split] = summary(predict(model, clips[split]), clips[split].labels)
    sys.stdout.write(json.dumps(said | {"train_clips": len(clips["train"])}) + "\n")


if __name__ == "__main__":
    main()
