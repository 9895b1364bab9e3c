"""Write the TFLite model that takes raw landmarks, and compare it with Keras on every test clip, or on val without any.

A file that answers otherwise than the network it came from stops the stage: nothing is registered.
"""

import json
import logging
import shutil
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from bentos.contract.skeleton import NUM_LANDMARKS
from stages import paths
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.exporting import card, checks, golden, origin
from stages.params import Section, load
from stages.serving_model.pose2gloss import Pose2Gloss

log = logging.getLogger(__name__)
CODE = Path(__file__).parent / "serving_model"


class Params(Section):
    """Section `export` of params.yaml."""

    serve: Literal["auto", "fp32", "int8"] = Field(
        "auto", description="auto: int8 where it agrees with Keras, else fp32"
    )
    max_abs_diff: float = Field(1e-4, gt=0, description="largest difference of a probability, fp32 against Keras")
    min_agreement: float = Field(0.99, ge=0, le=1, description="share of those clips with Keras' first guess, int8")
    golden_clips: int = Field(12, ge=10, description="figures whose answers are recorded")
    corpus: str = Field("", description="where imported landmarks come from, such as WLASL; other sources are known")


def metadata(spec: TensorSpec, report: dict, temperature: float, metrics: dict, corpus: str) -> dict:
    """What serving must know of the model, and people of what it learnt from."""
    source = origin.fetched()["source"]
    return {
        "name": "pose2gloss",
        "language": origin.language(source),
        "source": origin.in_words(source, corpus),
        "labels": list(spec.labels),
        "learnt_from": origin.learnt_from(pd.read_parquet(paths.SPLITS), spec.labels),
        "accuracy": json.loads(paths.ACCURACY.read_text(encoding="utf-8")),
        "frame_rate": spec.frame_rate,
        "max_frames": spec.max_frames,
        "padding_value": spec.padding_value,
        "num_landmarks": NUM_LANDMARKS,
        "skeleton_version": spec.skeleton_version,
        "chosen_landmarks": list(spec.chosen_landmarks),
        "temperature": temperature,
        "network": report["network"],
        "training_run_key": report["run_key"],
        "metrics": metrics,
    }


def measure(clips: RaggedClips, expected: np.ndarray, files: dict[str, Path]) -> dict[str, dict]:
    """Agreement with Keras, size and latency of every variant."""
    measured = {}
    for variant, path in files.items():
        model = Pose2Gloss(path.parent, file=path.name)
        measured[variant] = checks.compare(expected, checks.answers(model, clips, variant), clips.labels) | {
            "variant": variant,
            "size_bytes": path.stat().st_size,
            "latency_ms": {str(n): round(checks.latency_ms(model, n), 3) for n in (65, 195)},
        }
    return measured


def choose(measured: dict[str, dict], params: Params) -> str:
    """The variant to serve.

    Raises:
        SystemExit: the fp32 file, or the variant that was asked for, does not say what Keras says.
    """
    exact, small = measured["fp32"], measured["int8"]
    if exact["max_abs_diff"] > params.max_abs_diff or exact["top5_agreement"] < 1:
        raise SystemExit(
            f"the TFLite file does not say what Keras says: probabilities differ by {exact['max_abs_diff']:.2g} "
            f"(allowed {params.max_abs_diff:g}), the same top 5 for {exact['top5_agreement']:.1%} of {exact['n']} "
            "clips. Nothing is exported. Look for an operation that TFLite converts wrongly"
        )
    good = small["top1_agreement"] >= params.min_agreement and np.isfinite(small["max_abs_diff"])
    if params.serve == "int8" and not good:
        raise SystemExit(
            f"the int8 file agrees with Keras on {small['top1_agreement']:.1%} of {small['n']} clips, "
            f"export.min_agreement is {params.min_agreement:.1%}: set export.serve to auto or fp32"
        )
    return "int8" if good and params.serve != "fp32" else "fp32"


def write_card(report: dict, details: dict, served: dict) -> None:
    """Write MODEL_CARD.md into the export."""
    facts = details | {
        "parameters": f"{report.get('parameters', 0):,}",
        "file": served,
        "data": card.describe_data(pd.read_parquet(paths.SPLITS)),
    }
    (paths.EXPORT / "MODEL_CARD.md").write_text(card.render(facts), encoding="utf-8")


def main() -> None:
    """Run the stage."""
    params = load("export", Params)
    from stages.exporting import vocabulary
    from stages.exporting.tflite import VARIANTS, convert
    from stages.training.metrics import predict
    from stages.training.saved import ModelFileError, load_model

    spec = TensorSpec.read(paths.SPEC)
    report = json.loads((paths.TUNED / "report.json").read_text(encoding="utf-8"))
    metrics = json.loads(paths.METRICS.read_text(encoding="utf-8"))
    temperature = json.loads(paths.CALIBRATION.read_text(encoding="utf-8"))["temperature"]
    part = "test" if metrics["test"]["n"] else "val"
    try:
        details = metadata(spec, report, temperature, metrics, params.corpus)
        model, clips = load_model(paths.TUNED / "model.keras"), RaggedClips.open(paths.TENSORS / part)
    except (FileNotFoundError, ModelFileError) as error:
        raise SystemExit(str(error)) from None
    if part == "val":
        log.info("there is no test clip: the files are compared with Keras on the val clips")
    shutil.rmtree(paths.EXPORT, ignore_errors=True)
    files = convert(model, temperature, paths.EXPORT)
    checks.write_json(paths.EXPORT / "metadata.json", details)
    measured = measure(clips, predict(model, clips, temperature=temperature), files)
    for variant, m in measured.items():
        log.info("%s: %s", variant, {k: v for k, v in m.items() if k != "variant"})
    served = choose(measured, params)
    (paths.EXPORT / VARIANTS[served]).rename(paths.EXPORT / "model.tflite")
    for path in paths.EXPORT.glob("model-*.tflite"):
        path.unlink()
    for name in ("pose2gloss.py", "pyfunc.py"):  # the code that travels with the model
        shutil.copy(CODE / name, paths.EXPORT / name)
    final = Pose2Gloss(paths.EXPORT)
    drawn = vocabulary.draw(RaggedClips.open(paths.TENSORS / "train"), spec.frame_rate, spec.labels)
    fps = vocabulary.frame_rate(spec.frame_rate)
    vocabulary.write(drawn, fps, paths.EXPORT)
    golden.record(final, golden.choose(drawn, params.golden_clips), fps, paths.EXPORT)
    log.info("%d of %d glosses have a figure to show", len(drawn), len(spec.labels))
    write_card(report, details, measured[served] | {"part": part})
    paths.EXPORTED.parent.mkdir(parents=True, exist_ok=True)
    told = {"served": served, "part": part, "golden_clips": params.golden_clips, "figures": len(drawn)}
    checks.write_json(paths.EXPORTED, told | {"variants": measured})
    log.info("exported the %s model, %d bytes", served, measured[served]["size_bytes"])


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    main()
