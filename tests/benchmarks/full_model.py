"""Makes a model of full size (GISLR, 100 glosses), untrained: what it says is nonsense, what it costs is real.

python -m tests.benchmarks.full_model FOLDER
"""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path

from stages.dataset.spec import TensorSpec
from stages.exporting.tflite import convert
from stages.networks import gislr
from tests.bentos.tiny_model import record

ROOT = Path(__file__).resolve().parents[2]


def write(folder: Path, variant: str = "fp32") -> None:
    """Write model.tflite, metadata.json and the code that travels with them."""
    spec = TensorSpec(tuple(f"gloss{i}" for i in range(100)), tuple(range(180)))
    path = convert(gislr.build(spec, gislr.Hyper()), 1.0, folder, (variant,))[variant]
    path.rename(folder / "model.tflite")
    metadata = asdict(spec) | {"name": "pose2gloss", "network": "gislr", "num_landmarks": 180}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    shutil.copy(ROOT / "stages" / "serving_model" / "pose2gloss.py", folder)
    record(folder)


if __name__ == "__main__":
    write(Path(sys.argv[1]), *sys.argv[2:3])
