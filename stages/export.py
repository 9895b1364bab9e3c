"""Write the TFLite model that takes raw landmarks, and compare it with Keras on every test clip, or on val without any.

A file that answers otherwise than the network it came from stops the stage: nothing is registered.
"""

import logging
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import Field

from bentos.contract import integrity
from bentos.contract.registry import MODEL_NAME
from bentos.contract.skeleton import NUM_LANDMARKS
from stages import paths
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.exporting import card, checks, golden, origin, own_signs
from stages.params import Section
from stages.reports.evaluation import AccuracyTable, Calibration, Metrics
from stages.reports.files import document, read_report, write_json
from stages.reports.release import Agreement, ExportReport, Variant
from stages.reports.training import TrainReport
from stages.serving_model.pose2gloss import Pose2Gloss
from stages.start import StageError, noiseless, stage

log = logging.getLogger(__name__)
CODE = Path(__file__).parent / "serving_model"


class Params(Section):
    """Section `export` of params.yaml."""

    serve: Literal["auto", "fp32", "int8"] = Field(
        "auto", description="auto: int8 where it agrees with Keras, else fp32; or int8, fp32"
    )
    max_abs_diff: float = Field(
        1e-4,
        gt=0,
        description="0-1; largest difference of a probability, fp32 against Keras, on test, without one on val",
    )
    min_agreement: float = Field(
        0.99, ge=0, le=1, description="0-1; share of those clips with Keras' first guess, int8"
    )
    golden_clips: int = Field(
        12, ge=10, description="figures whose answers are recorded, 10 at least; made-up hands where there are fewer"
    )
    corpus: str = Field(
        "", description="where imported landmarks come from, such as WLASL; the other sources are known"
    )


def metadata(spec: TensorSpec, training: TrainReport, fitted: Calibration, metrics: Metrics, corpus: str) -> dict:
    """What serving must know of the model, and people of what it learnt from."""
    fetched = origin.fetched()
    return {
        "name": MODEL_NAME,
        "language": origin.language(fetched.source),
        "source": origin.in_words(fetched.source, corpus or fetched.dataset),
        "labels": list(spec.labels),
        "learnt_from": origin.learnt_from(pd.read_parquet(paths.SPLIT_TABLE), spec.labels),
        "accuracy": document(read_report(paths.ACCURACY, AccuracyTable)),
        "frame_rate": spec.frame_rate,
        "max_frames": spec.max_frames,
        "padding_value": spec.padding_value,
        "num_landmarks": NUM_LANDMARKS,
        "skeleton_version": spec.skeleton_version,
        "chosen_landmarks": list(spec.chosen_landmarks),
        "temperature": fitted.temperature,
        "rejection": None if fitted.rejection is None else fitted.rejection.model_dump(),
        "signing": None if fitted.signing is None else fitted.signing.model_dump(),
        "network": training.network,
        "training_run_key": training.run_key,
        "metrics": document(metrics),
    }


def measure(clips: RaggedClips, expected: np.ndarray, files: dict[str, Path]) -> dict[str, Variant]:
    """Agreement with Keras, size and latency of every variant."""
    measured = {}
    for variant, path in files.items():
        model = Pose2Gloss(path.parent, file=path.name)
        agreement = checks.compare(expected, checks.answers(model, clips, variant), clips.labels)
        measured[variant] = Variant(
            variant=variant,
            size_bytes=path.stat().st_size,
            latency_ms={str(n): round(checks.latency_ms(model, n), 3) for n in (65, 195)},
            **agreement.model_dump(),
        )
    return measured


def choose(measured: Mapping[str, Agreement], params: Params) -> str:
    """The variant to serve.

    Raises:
        StageError: the fp32 file, or the variant that was asked for, does not say what Keras says.
    """
    exact, small = measured["fp32"], measured["int8"]
    difference = np.inf if exact.max_abs_diff is None else exact.max_abs_diff
    if difference > params.max_abs_diff or exact.top5_agreement < 1:
        raise StageError(
            f"the TFLite file does not say what Keras says: probabilities differ by {difference:.2g} "
            f"(allowed {params.max_abs_diff:g}), the same top 5 for {exact.top5_agreement:.1%} of {exact.n} "
            "clips. Nothing is exported. Look for an operation that TFLite converts wrongly"
        )
    good = small.top1_agreement >= params.min_agreement and small.max_abs_diff is not None
    if params.serve == "int8" and not good:
        raise StageError(
            f"the int8 file agrees with Keras on {small.top1_agreement:.1%} of {small.n} clips, "
            f"export.min_agreement is {params.min_agreement:.1%}: set export.serve to auto or fp32"
        )
    return "int8" if good and params.serve != "fp32" else "fp32"


def convert(training: TrainReport, metrics: Metrics, params: Params) -> ExportReport:
    """Write the model's files and what travels with them into an empty paths.EXPORT.

    Raises:
        StageError: there is no model that can be used, or its file does not say what it says.
    """
    from stages.exporting import tflite, vocabulary
    from stages.training.metrics import predict
    from stages.training.saved import load_model

    spec = TensorSpec.read(paths.SPEC)
    fitted = read_report(paths.CALIBRATION, Calibration)
    details = metadata(spec, training, fitted, metrics, params.corpus)
    model, clips = load_model(paths.TUNED / "model.keras"), RaggedClips.open(paths.TENSORS / metrics.part)
    shutil.rmtree(paths.EXPORT, ignore_errors=True)
    with noiseless():
        files = tflite.convert(model, fitted.temperature, paths.EXPORT)
    write_json(paths.EXPORT / "metadata.json", details)
    measured = measure(clips, predict(model, clips, temperature=fitted.temperature), files)
    for variant, m in measured.items():
        said = "%s: Keras' first guess on %.1f %% of %d clips, probabilities differ by %s at most; %.2f MB, %.1f ms"
        log.info(said, variant, 100 * m.top1_agreement, m.n, m.max_abs_diff, m.size_bytes / 1e6, m.latency_ms["65"])
    served = choose(measured, params)
    (paths.EXPORT / tflite.VARIANTS[served]).rename(paths.EXPORT / "model.tflite")
    for path in paths.EXPORT.glob("model-*.tflite"):
        path.unlink()
    for name in ("pose2gloss.py", "pyfunc.py"):  # the code that travels with the model
        shutil.copy(CODE / name, paths.EXPORT / name)
    learnt, exported = RaggedClips.open(paths.TENSORS / "train"), Pose2Gloss(paths.EXPORT)
    drawn = vocabulary.draw(learnt, spec.frame_rate, spec.labels)
    fps = vocabulary.frame_rate(spec.frame_rate)
    vocabulary.write(drawn, fps, paths.EXPORT)
    if exported.embedding_size:
        own_signs.write(exported, learnt, paths.EXPORT)
    golden.record(exported, golden.choose(drawn, params.golden_clips), fps, paths.EXPORT)
    log.info("%d of %d glosses have a figure to show", len(drawn), len(spec.labels))
    data = card.describe_data(pd.read_parquet(paths.SPLIT_TABLE))
    facts = details | {"parameters": f"{training.parameters:,}", "data": data}
    facts |= {"file": measured[served], "part": metrics.part}
    (paths.EXPORT / "MODEL_CARD.md").write_text(card.render(facts), encoding="utf-8")
    integrity.seal(paths.EXPORT)
    told = {"golden_clips": params.golden_clips, "figures": len(drawn)}
    return ExportReport(served=served, part=metrics.part, **told, variants=measured)


def main() -> None:
    """Run the stage."""
    with stage("export", Params) as params:
        training, metrics = read_report(paths.TUNED / "report.json", TrainReport), read_report(paths.METRICS, Metrics)
        if metrics.part == "val":
            log.info("there is no test clip: the files are compared with Keras on the val clips")
        report = convert(training, metrics, params)
        write_json(paths.EXPORTED, report)
        log.info("exported the %s model, %d bytes", report.served, report.variants[report.served].size_bytes)


if __name__ == "__main__":
    main()
