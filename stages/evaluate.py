"""Score the tuned model on train, val and test, and fit its temperature on val.

The test clips are looked at here, once, and by nothing that chooses. Where the data has none, the report shows val.
"""

import logging
from functools import partial

import numpy as np
import pandas as pd
from pydantic import Field

from bentos.contract.metadata import Accuracy, reliable
from bentos.contract.signing import Signing
from stages import paths
from stages.corpus.lists.listing import SPLITS
from stages.dataset.ragged import RaggedClips
from stages.dataset.spec import TensorSpec
from stages.evaluation import calibration, tables
from stages.evaluation.rejection import fit_rejection
from stages.params import Section
from stages.reports.evaluation import AccuracyTable, Calibration, Metrics, Scores
from stages.reports.files import document, read_report, write_json
from stages.start import StageError, stage

log = logging.getLogger(__name__)


class Params(Section):
    """Section `evaluate` of params.yaml."""

    batch_size: int = Field(64, ge=1, description="clips at once; changes speed and memory only")
    bins: int = Field(10, ge=2, description="bars of the reliability picture, and of the calibration error")
    worst: int = Field(30, ge=1, description="rows of the table of worst confusions")


def logits_of(model, batch_size: int) -> tuple[dict[str, np.ndarray], dict[str, RaggedClips]]:
    """Logits (n, labels) and clips of each split; of train only the clips as they were filmed."""
    from stages.training.metrics import predict_logits

    logits, clips = {}, {}
    for split in SPLITS:
        ragged = RaggedClips.open(paths.TENSORS / split)
        clips[split] = ragged.subset((ragged.clips["variant"] == 0).to_numpy())
        empty = np.empty((0, model.output_shape[-1]), np.float32)
        logits[split] = predict_logits(model, clips[split], batch_size) if len(clips[split]) else empty
    return logits, clips


def list_predictions(probabilities: dict, clips: dict, glosses: tuple[str, ...]) -> pd.DataFrame:
    """One row a clip: who signed what, what the model says and how sure it is."""
    parts = []
    for split, p in probabilities.items():
        labels, known = clips[split].labels, clips[split].clips
        rank, guess = tables.ranks(p, labels), p.argmax(axis=1)
        part = known[["video_id", "signer", "source"]].assign(
            split=split,
            actual=[glosses[i] for i in labels],
            predicted=[glosses[i] for i in guess],
            confidence=p.max(axis=1).round(4),
            right=rank == 0,
            top5=rank < tables.TOP,
        )
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def fit_calibration(logits: np.ndarray, labels: np.ndarray, bins: int) -> Calibration:
    """Temperature from val, with loss and calibration error before and after."""
    from scipy.special import softmax

    temperature = calibration.fit_temperature(logits, labels)
    measured = {}
    for name, t in (("before", 1.0), ("after", temperature)) if len(labels) else ():
        probabilities = softmax(logits / t, axis=1)
        measured[f"loss_{name}"] = calibration.cross_entropy(logits, labels, t)
        measured[f"ece_{name}"] = calibration.expected_calibration_error(probabilities, labels, bins)
    return Calibration(temperature=temperature, fitted_on="val", n=len(labels), **measured)


def signing_of(model, spec: TensorSpec, probabilities: np.ndarray, clips: dict, batch_size: int) -> Signing | None:
    """How the model tells signing from other movements, from val and people of train; None: it has no embedding."""
    from stages.evaluation.signing import fit_signing
    from stages.training.metrics import embeddings

    if not any(layer.name == "embedding" for layer in model.layers):
        return None
    right = probabilities.argmax(axis=1) == clips["val"].labels
    said = partial(embeddings, model, batch_size=batch_size)
    return fit_signing(said, spec.frame_rate, clips["train"], clips["val"], right)


def write_reports(
    part: str,
    predictions: pd.DataFrame,
    probabilities: dict,
    logits: dict,
    clips: dict,
    spec: TensorSpec,
    params: Params,
) -> None:
    """Tables and pictures of one part's clips, and predictions of all."""
    from scipy.special import softmax

    from stages.evaluation import pictures

    title = f"{part.capitalize()} clips (n = {len(clips[part])})"
    labels, guess = clips[part].labels, probabilities[part].argmax(axis=1)
    pairs = tables.confusions(labels, guess, spec.labels)
    tables.per_gloss(labels, guess, spec.labels).to_csv(paths.EVALUATION / "classification_report.csv", index=False)
    pairs.to_csv(paths.EVALUATION / "confusion.csv", index=False)
    tables.worst_confusions(pairs, params.worst).to_csv(paths.EVALUATION / "worst_confusions.csv", index=False)
    tables.confusable(probabilities[part], labels, spec.labels).to_csv(paths.EVALUATION / "confusable.csv", index=False)
    predictions.to_csv(paths.PREDICTIONS, index=False)
    pictures.draw_confusion(pairs, spec.labels, paths.EVALUATION / "confusion.png", title)
    before = calibration.reliability(softmax(logits[part], axis=1), labels, params.bins)
    after = calibration.reliability(probabilities[part], labels, params.bins)
    pictures.draw_reliability(before, after, paths.EVALUATION / "reliability.png", title)


def write_slices(model, part: str, probabilities: np.ndarray, clips: dict, batch_size: int) -> None:
    """Accuracy of one part by signer, source and the conditions of filming, and of the mirrored signers."""
    from stages.evaluation.conditions import Mirrored, conditions
    from stages.training.metrics import predict_logits

    held_out = clips[part]
    seen = {
        "as filmed": probabilities,
        "left and right mirrored": predict_logits(model, Mirrored.of(held_out), batch_size),
    }
    right = {
        picture: pd.DataFrame(
            {"split": part, "right": (rank := tables.ranks(p, held_out.labels)) == 0, "top5": rank < tables.TOP}
        )
        for picture, p in seen.items()
    }
    pictures = pd.concat([frame.assign(picture=picture) for picture, frame in right.items()])
    filmed = held_out.clips[["source"]].assign(person=held_out.clips["signer"], **conditions(held_out, clips["train"]))
    known = pd.concat([right["as filmed"], filmed], axis=1)
    by = [tables.slices(known, list(filmed)), tables.slices(pictures, ["picture"])]
    pd.concat(by).to_csv(paths.EVALUATION / "slices.csv", index=False)


def score(probabilities: dict, clips: dict, bins: int) -> Metrics:
    """Write how good the model is, over all its glosses and over its first ones; returns the former."""
    scores = {}
    for split in SPLITS:
        known = tables.summary(probabilities[split], clips[split].labels)
        if len(clips[split]):
            error = calibration.expected_calibration_error(probabilities[split], clips[split].labels, bins)
            known["calibration_error"] = error
        scores[split] = Scores(**known)
    metrics, held_out = Metrics(**scores), ("val", "test")
    cut = tables.by_vocabulary({s: probabilities[s] for s in held_out}, {s: clips[s].labels for s in held_out})
    write_json(paths.METRICS, metrics)
    write_json(paths.SCORES, metrics.in_short())
    write_json(paths.ACCURACY, AccuracyTable([Accuracy(**row) for row in cut]))
    return metrics


def evaluate(params: Params) -> None:
    """Score, calibrate, report.

    Raises:
        StageError: there is no model that can be used, or no clip to score it on.
    """
    from scipy.special import softmax

    from stages.training.saved import load_model

    spec = TensorSpec.read(paths.SPEC)
    model = load_model(paths.TUNED / "model.keras")
    logits, clips = logits_of(model, params.batch_size)
    if not len(clips["val"]) and not len(clips["test"]):
        raise StageError("there is no val or test clip: choose more glosses or samples in the section split")
    fitted = fit_calibration(logits["val"], clips["val"].labels, params.bins)
    probabilities = {split: softmax(values / fitted.temperature, axis=1) for split, values in logits.items()}
    metrics = score(probabilities, clips, params.bins)
    chosen = reliable({"labels": spec.labels, "accuracy": document(read_report(paths.ACCURACY, AccuracyTable))})
    rejection = fit_rejection(probabilities["val"], clips["val"].labels, chosen)
    signing = signing_of(model, spec, probabilities["val"], clips, params.batch_size)
    write_json(paths.CALIBRATION, fitted.model_copy(update={"rejection": rejection, "signing": signing}))
    paths.EVALUATION.mkdir(parents=True, exist_ok=True)
    write_slices(model, metrics.part, probabilities[metrics.part], clips, params.batch_size)
    predictions = list_predictions(probabilities, clips, spec.labels)
    write_reports(metrics.part, predictions, probabilities, logits, clips, spec, params)
    for split, m in metrics.scored().items():
        low, high = m.accuracy_ci or (0, 1)
        said = f"top-1 {m.accuracy:.3f} (95 % {low:.3f} to {high:.3f}), top-5 {m.top5_accuracy:.3f}"
        log.info("%s: %s, loss %.3f, n = %d", split, said, m.loss, m.n)
    if metrics.part == "val":
        log.info("test: there is no test clip; tables and pictures show the val clips")


def main() -> None:
    """Run the stage."""
    with stage("evaluate", Params) as params:
        evaluate(params)


if __name__ == "__main__":
    main()
