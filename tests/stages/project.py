"""A project in small: three made-up glosses that a tiny network learns in seconds, and all files that stages write."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.pose.store import Clip, LandmarkStore, StoreWriter
from stages.transform import Params as TransformParams
from stages.transform import transform

GLOSSES = ("circle", "up", "wave")
COUNTS = {"train": 12, "val": 4, "test": 4}
TINY = {"dim": 16, "groups": 1, "conv_blocks": 1, "kernel": 5, "heads": 2, "dropout": 0.0, "late_dropout": 0.0}
RECIPE = {
    "epochs": 12,
    "batch_size": 16,
    "learning_rate": 0.01,
    "label_smoothing": 0.0,
    "warmup_epochs": 1,
    "hyper": TINY,
}


def motion(gloss: str, t: np.ndarray) -> np.ndarray:
    """(frames, 2): where the right hand goes."""
    paths = {
        "circle": np.stack([np.cos(7 * t), np.sin(7 * t)], 1),
        "up": np.stack([0 * t, -2 * t + 1], 1),
        "wave": np.stack([np.sin(12 * t), 0 * t], 1),
    }
    return 0.12 * paths[gloss]


def clip(gloss: str, number: int, split: str, fps: float = 30.0) -> Clip:
    """A right hand that moves before two shoulders; everything else was not seen."""
    rng = np.random.default_rng([GLOSSES.index(gloss), number, len(split)])
    t = np.linspace(0, 1, 36)  # all of one length: one graph is traced, not five
    landmarks = np.full((len(t), 180, 3), np.nan, np.float32)
    centre = np.array([0.5, 0.5]) + rng.normal(0, 0.02, 2)
    hand = rng.normal(0, 0.02, (21, 2)) + np.linspace(0, 0.08, 21)[:, None]
    landmarks[:, 21:42, :2] = (centre + motion(gloss, t))[:, None] + hand + rng.normal(0, 0.002, (len(t), 21, 2))
    landmarks[:, 21:42, 2] = 0
    landmarks[:, 42:44] = [[0.65, 0.4, 0], [0.35, 0.4, 0]]
    name = f"{split}-{gloss}-{number:02d}"
    return Clip(name, gloss, split, f"{split}{number % 3}", "studio", name, fps, 640, 480, landmarks.astype(np.float16))


def write_data(glosses: tuple[str, ...] = GLOSSES, counts: dict[str, int] | None = None) -> None:
    """Landmarks, splits, labels and tensors in ./data, as `landmarks`, `split` and `transform` would write them."""
    clips = [clip(g, i, s) for s, n in (counts or COUNTS).items() for g in glosses for i in range(n)]
    data = Path("data")
    (data / "models").mkdir(parents=True, exist_ok=True)
    with StoreWriter(data / "landmarks") as writer:
        for c in clips:
            writer.append(c)
    columns = ("video_id", "gloss", "split", "signer", "source")
    splits = pd.DataFrame([{name: getattr(c, name) for name in columns} for c in clips])
    splits["label"] = splits["gloss"].map({g: i for i, g in enumerate(glosses)}).astype("int32")
    splits.to_parquet(data / "splits.parquet")
    (data / "labels.json").write_text(json.dumps(glosses))
    from stages.dataset.ragged import RaggedWriter

    with RaggedWriter(data / "augmented"):
        pass
    transform(LandmarkStore(data / "landmarks"), splits, data / "augmented", data / "tensors", TransformParams())
    TensorSpec(tuple(glosses), tuple(range(48))).write(data / "tensors" / "spec.json")
    archives = data / "raw" / "archives.json"
    archives.parent.mkdir(exist_ok=True)
    archives.write_text(json.dumps({"source": "sample", "archives": []}))


def write_params(**sections: dict) -> None:
    """params.yaml with these sections; all others are empty."""
    Path("params.yaml").write_text(yaml.safe_dump({"register": {}, "export": {}} | sections))


def train(network: str = "gislr", **changes) -> dict:
    """Train one candidate as the stage `train` does."""
    from stages.training.fit import fit
    from stages.training.recipe import Recipe

    spec = TensorSpec.read("data/tensors/spec.json")
    train_clips, val = (RaggedClips.open(f"data/tensors/{split}") for split in ("train", "val"))
    recipe = Recipe.model_validate({**RECIPE, "network": network, **changes})
    report = fit(recipe, spec, train_clips, val, f"data/models/candidates/{network}").model_dump(mode="json")
    reports = Path("reports/train")
    reports.mkdir(parents=True, exist_ok=True)
    (reports / f"{network}.json").write_text(json.dumps({k: report[k] for k in ("network", "run_key", "val")}))
    pd.DataFrame(report["history"]).to_csv(reports / f"{network}.csv", index=False)
    return report


def finish(trials: int = 0) -> None:
    """Run the stages after training, up to `export`."""
    from stages import evaluate, export, select, tune

    params = yaml.safe_load(Path("params.yaml").read_text())
    params |= {"select": {"candidates": ["gislr"]}, "tune": {"trials": trials} | params.get("tune", {})}
    Path("params.yaml").write_text(yaml.safe_dump(params))
    for stage in (select, tune, evaluate, export):
        stage.main()
