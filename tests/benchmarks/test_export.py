"""What the exported files say of every clip of a pipeline, beside Keras, and what they cost.

python -m pytest tests/benchmarks/test_export.py -s; `ISLR_BENCHMARK_DATA` is the data folder of a finished pipeline.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from stages.dataset.ragged import RaggedClips
from stages.exporting.checks import answers, compare, latency_ms
from stages.serving_model.pose2gloss import Pose2Gloss
from tests.benchmarks.test_serving import say


@pytest.fixture(scope="module")
def files(data: Path, tmp_path_factory) -> Path:
    """Both variants of the pipeline's model, with what must lie beside them."""
    from stages.exporting.tflite import convert
    from stages.training.saved import load_model

    folder = tmp_path_factory.mktemp("export")
    temperature = json.loads((data / "models" / "calibration.json").read_text())["temperature"]
    convert(load_model(data / "models" / "tuned" / "model.keras"), temperature, folder)
    (folder / "metadata.json").write_text((data / "export" / "metadata.json").read_text())
    return folder


def test_every_clip_gets_the_same_answer(data, files):
    from stages.exporting.tflite import VARIANTS
    from stages.training.metrics import predict
    from stages.training.saved import load_model

    temperature = json.loads((data / "models" / "calibration.json").read_text())["temperature"]
    model = load_model(data / "models" / "tuned" / "model.keras")
    parts = [RaggedClips.open(data / "tensors" / split) for split in ("train", "val", "test")]
    expected = np.concatenate([predict(model, clips, temperature=temperature) for clips in parts])
    labels = np.concatenate([clips.labels for clips in parts])
    found = {}
    for variant, name in VARIANTS.items():
        file = Pose2Gloss(files, file=name)
        found[variant] = compare(expected, np.concatenate([answers(file, clips) for clips in parts]), labels)
        times = {frames: latency_ms(file, frames) for frames in (65, 195)}
        say(f"\n{variant}: {found[variant]}; ms by frames, one thread: {times}")
        assert times[65] < times[195] / 2
    assert found["fp32"].max_abs_diff <= 1e-4
    assert found["fp32"].top5_agreement == 1
    assert found["int8"].top1_agreement >= 0.99
