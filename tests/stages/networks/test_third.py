"""A third network is one file and one line: everything else takes it by its name."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.stages.clips import corpus, spec

ROOT = Path(__file__).resolve().parents[3]
BAG = '''"""Bag of frames: the mean over time, and one layer. Shapes: B clips, T frames."""

from pydantic import Field

from stages.lazy import lazy
from stages.params import Section

keras = lazy("keras")
body, inputs, own = lazy("stages.features.body"), lazy("stages.features.inputs"), lazy("stages.networks.layers")


class Hyper(Section):
    """Hyper-parameters of the bag."""

    dim: int = Field(32, ge=1, description="channels")


def build(spec, hyper, late_step=0):
    """From raw landmarks to logits."""
    raw = inputs.landmark_inputs()
    normalised = body.BodyNormalization(dtype="float32")(raw["landmarks"], raw["aspect"])
    x, mask = inputs.PaddingMask(spec.padding_value)(inputs.FrameFeatures(spec.chosen_landmarks)(*normalised))
    x = own.MaskedMean()(x, mask)  # (B, channels)
    x = keras.layers.Dense(hyper.dim, activation="relu")(x)  # (B, dim)
    return keras.Model(raw, keras.layers.Dense(len(spec.labels), dtype="float32")(x))
'''


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """The code with the third network in it, and few clips to learn."""
    root = tmp_path_factory.mktemp("third")
    for name in ("stages", "bentos"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "dvc.yaml", root)
    (root / "stages" / "networks" / "bag.py").write_text(BAG)
    listed = root / "stages" / "networks" / "__init__.py"
    listed.write_text(listed.read_text().replace('    "gislr",\n', '    "gislr",\n    "bag",\n'))
    params = yaml.safe_load((ROOT / "params.yaml").read_text())
    params["train"] |= {"epochs": 2, "batch_size": 8, "bag": {"dim": 8}, "only": {"bag": {"epochs": 3}}}
    params["select"] = {"candidates": ["bag"]}
    params["tune"] |= {"space": {"hyper.dim": {"values": [4, 8]}}}
    (root / "params.yaml").write_text(yaml.safe_dump(params))
    for split, count in (("train", 16), ("val", 6)):
        corpus(root / "data/tensors" / split, count, 3, split=split)
    spec(3).write(root / "data/tensors/spec.json")
    return root


def run(project: Path, *command: str) -> str:
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3", "MLFLOW_TRACKING_URI": "http://127.0.0.1:9"}
    environment |= {"DVC_NO_ANALYTICS": "1"}
    done = subprocess.run(
        [sys.executable, *command], cwd=project, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


def test_it_is_trained_selected_and_loaded_by_its_name(project):
    run(project, "-m", "stages.train", "bag")
    candidates = [path.name for path in (project / "data/models/candidates").iterdir()]
    assert candidates == ["bag"]  # and nothing unfinished: `select` depends on the whole folder
    run(project, "-m", "stages.select")
    report = json.loads((project / "data/models/selected/report.json").read_text())
    assert (report["network"], report["epochs"], report["recipe"]["hyper"]) == ("bag", 3, {"dim": 8})
    rows = (project / "reports/select.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["network", "bag", "bag", "bag"]
    load = "from stages.training.saved import load_model as load; print(load('data/models/selected/model.keras').name)"
    assert run(project, "-c", load).startswith("bag\n")


def test_the_pipeline_trains_it_before_it_selects(project):
    run(project, "-m", "dvc", "init", "--no-scm", "-q")
    graph = run(project, "-m", "dvc", "dag", "--mermaid", "select")
    assert "train@bag" in graph
    assert "train@gislr" not in graph


def test_a_parameter_that_it_does_not_have_is_refused(project):
    check = "from stages.train import Params; Params(bag={'kernel': 3})"
    with pytest.raises(AssertionError, match=r"bag\.kernel"):
        run(project, "-c", check)
