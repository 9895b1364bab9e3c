"""Whether a new version may take the place of the one in Production, without a person.

Both are scored now, on the same held-out clips, with the code that travels in each: never by a stored number.
"""

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field
from tqdm import tqdm

from bentos.contract import integrity, trial
from bentos.contract.loading import ModelError, load, read_metadata
from stages.dataset.ragged import RaggedClips
from stages.evaluation.calibration import expected_calibration_error
from stages.exporting.checks import latency_ms
from stages.exporting.origin import ASL, DRAWN
from stages.params import Section

log = logging.getLogger(__name__)


class Limits(Section):
    """What a new version must keep to."""

    tolerance: float = Field(
        0.01, ge=0, lt=1, description="0-1; top-1 that may be lost, when a paired bootstrap is sure that it is no more"
    )
    gloss_clips: int = Field(
        10, ge=1, description="glosses with at least as many held-out clips are looked at one by one"
    )
    gloss_fall: float = Field(0.25, ge=0, le=1, description="0-1; accuracy that one such gloss may lose")
    ece_rise: float = Field(0.05, ge=0, le=1, description="0-1; calibration error that may be added")
    size_mb: float = Field(50.0, gt=0, description="MB; largest TFLite file")
    latency_ms: float = Field(50.0, gt=0, description="milliseconds; slowest answer for 65 frames on one core")
    fewer_glosses: bool = Field(
        False, description="whether a version that knows fewer glosses may be promoted by itself"
    )

    def in_short(self) -> str:
        """One line for a tag: every limit by its name."""
        return " ".join(f"{name}={value}" for name, value in self.model_dump().items())


@dataclass
class Verdict:
    """What the gate says.

    Attributes:
        passed: whether the version may be promoted.
        reason: one sentence.
        against: version it was compared with, None when there was none.
        measures: what was measured, for tags and for `diff`.
    """

    passed: bool
    reason: str
    against: str | None = None
    measures: dict[str, Any] = field(default_factory=dict)


def held_out(tensors: Path) -> "Joined":
    """Val and test clips as one, at the model's frame rate, as they were filmed."""
    parts = [RaggedClips.open(tensors / split) for split in ("val", "test")]
    return Joined([p.subset((p.clips["variant"] == 0).to_numpy()) for p in parts])


class Joined:
    """Several ragged folders read as one: `clips` (a row each) and items, in order."""

    def __init__(self, parts: list[RaggedClips]):
        self._where = [(p, i) for p in parts for i in range(len(p))]
        self.clips = pd.concat([p.clips for p in parts], ignore_index=True)

    def __len__(self) -> int:
        return len(self._where)

    def __getitem__(self, index: int) -> np.ndarray:
        part, place = self._where[index]
        return part[place]


def score(model: Any, clips: Any, indices: np.ndarray, frame_rate: float, desc: str) -> tuple[np.ndarray, np.ndarray]:
    """Whether a model's first guess is right, and how sure it is.

    Args:
        model: with `labels` and `predict`.
        clips: held-out clips.
        indices: which of them.
        frame_rate: frames a second of the clips; the model resamples to its own.
        desc: for the progress bar.

    Returns:
        right (n,) bool, probabilities (n, labels) float32.
    """
    glosses = clips.clips["gloss"].to_numpy()
    aspects = clips.clips["aspect"].to_numpy(np.float32)
    right = np.zeros(len(indices), bool)
    probabilities = np.empty((len(indices), len(model.labels)), np.float32)
    for row, i in enumerate(tqdm(indices, desc=desc, unit="clip", disable=None)):
        probabilities[row] = model.predict(clips[i], frame_rate, float(aspects[i]))
        right[row] = model.labels[int(probabilities[row].argmax())] == glosses[i]
    return right, probabilities


def paired_bootstrap(new: np.ndarray, old: np.ndarray, resamples: int = 4000, seed: int = 0) -> tuple[float, float]:
    """Interval of 90 % of the difference in accuracy, drawing clips anew (Koehn, EMNLP 2004).

    Args:
        new: (n,) bool, whether the new model is right.
        old: (n,) bool, the old one, on the same clips.
        resamples: how often.
        seed: of the drawing.

    Returns:
        (low, high) of accuracy(new) - accuracy(old).
    """
    rng = np.random.default_rng(seed)
    gain = new.astype(np.int8) - old.astype(np.int8)
    means = [gain[rng.integers(0, len(gain), len(gain))].mean() for _ in range(resamples)]
    low, high = np.quantile(means, [0.05, 0.95])
    return float(low), float(high)


def budgets(model: Any, folder: Path, limits: Limits) -> tuple[dict[str, Any], str | None]:
    """What must hold with or without a champion: size, latency; measures, and what is wrong if so."""
    measures: dict[str, Any] = {"size_mb": round(sum(p.stat().st_size for p in folder.rglob("*.tflite")) / 1e6, 3)}
    measures["latency_ms"] = round(latency_ms(model, 65), 2)
    if measures["size_mb"] > limits.size_mb:
        return measures, f"the file has {measures['size_mb']} MB, register.gate.size_mb allows {limits.size_mb}"
    if measures["latency_ms"] > limits.latency_ms:
        allowed = limits.latency_ms
        return measures, f"65 frames take {measures['latency_ms']} ms, register.gate.latency_ms allows {allowed}"
    return measures, None


def trained_on(folder: Path) -> set[str]:
    """video_id of the clips that a version learnt from, as `clips.json` in it says."""
    path = next(folder.rglob("clips.json"), None)
    return set(json.loads(path.read_text(encoding="utf-8"))["train"]) if path else set()


def comparable(new: Any, old: Any, seen: set[str], clips: Any, limits: Limits) -> tuple[np.ndarray, str | None]:
    """Which held-out clips both models can be judged by, and why not, if they cannot.

    A clip counts when both know its gloss and the old model was not trained on it (`seen`).
    """
    lost = sorted(set(old.labels) - set(new.labels))
    if lost and not limits.fewer_glosses:
        some = ", ".join(lost[:5]) + (" …" if len(lost) > 5 else "")
        said = f"it no longer knows {len(lost)} of {len(old.labels)} glosses ({some})"
        return np.empty(0, int), f"{said}: a person must decide, or set register.gate.fewer_glosses"
    both = set(new.labels) & set(old.labels)
    fair = clips.clips["gloss"].isin(both) & ~clips.clips["video_id"].astype(str).isin(seen)
    indices = np.flatnonzero(fair.to_numpy())
    if not len(indices):
        return indices, "no held-out clip can tell the two apart: their glosses or clips have nothing in common"
    return indices, None


def compare(new: Any, old: Any, clips: Any, indices: np.ndarray, frame_rate: float) -> dict[str, Any]:
    """Score both on the same clips; everything that the gate and `diff` look at."""
    new_right, new_p = score(new, clips, indices, frame_rate, "new version")
    old_right, old_p = score(old, clips, indices, frame_rate, "Production")
    low, high = paired_bootstrap(new_right, old_right)
    glosses = clips.clips["gloss"].to_numpy()[indices]
    falls = []
    for gloss in np.unique(glosses):
        at = glosses == gloss
        before, after = old_right[at].mean(), new_right[at].mean()
        falls.append({"gloss": str(gloss), "n": int(at.sum()), "old": float(before), "new": float(after)})
    return {
        "n": len(indices),
        "new_accuracy": float(new_right.mean()),
        "old_accuracy": float(old_right.mean()),
        "gain_low": low,
        "gain_high": high,
        "new_ece": _ece(new, new_p, glosses),
        "old_ece": _ece(old, old_p, glosses),
        "glosses": falls,
    }


def _ece(model: Any, probabilities: np.ndarray, glosses: np.ndarray) -> float:
    place = {gloss: i for i, gloss in enumerate(model.labels)}
    return expected_calibration_error(probabilities, np.asarray([place[g] for g in glosses]))


def judge(measures: dict[str, Any], limits: Limits) -> tuple[bool, str]:
    """Apply the limits to what `compare` measured."""
    new, old, n = measures["new_accuracy"], measures["old_accuracy"], measures["n"]
    said = f"{new:.1%} against {old:.1%} right on {n} held-out clips (gain {measures['gain_low']:+.1%} to "
    said += f"{measures['gain_high']:+.1%}, paired bootstrap 90 %)"
    if new < old and measures["gain_low"] < -limits.tolerance:
        return False, f"worse than Production: {said}"
    many = [g for g in measures["glosses"] if g["n"] >= limits.gloss_clips]
    fallen = [g for g in many if g["old"] - g["new"] > limits.gloss_fall]
    if fallen:
        worst = max(fallen, key=lambda g: g["old"] - g["new"])
        fall = f"{worst['gloss']} fell from {worst['old']:.0%} to {worst['new']:.0%} of {worst['n']} clips"
        return False, f"{len(fallen)} glosses fell by more than {limits.gloss_fall:.0%}, most of all {fall}; {said}"
    if measures["new_ece"] > measures["old_ece"] + limits.ece_rise:
        rise = f"calibration error rose from {measures['old_ece']:.3f} to {measures['new_ece']:.3f}"
        return False, f"{rise}, more than {limits.ece_rise}; {said}"
    return True, f"at least as good as Production: {said}"


def examine(
    folder: Path, champion: Path | None, against: str | None, tensors: Path, frame_rate: float, limits: Limits
) -> Verdict:
    """The whole gate.

    Args:
        folder: files of the new version.
        champion: files of Production's version; None when there is none.
        against: Production's version.
        tensors: folder with val and test clips.
        frame_rate: of those clips.
        limits: what to keep to.
    """
    try:
        clips_recorded = trial.run(integrity.verify(folder))
        new = load(folder)
    except ModelError as error:
        return Verdict(False, f"it must not serve: {error}", against)
    measures, wrong = budgets(new, folder, limits)
    measures["golden_clips"] = clips_recorded
    if wrong:
        return Verdict(False, wrong, against, measures)
    if champion is None:
        return Verdict(True, "there is no Production version yet", None, measures)
    clips = held_out(tensors)
    try:
        old = load(champion)
        if [read_metadata(f).get("language") for f in (folder, champion)] == [DRAWN, ASL]:
            wrong = f"it knows drawn movements that are no ASL, and version {against} in Production knows ASL"
        else:
            indices, wrong = comparable(new, old, trained_on(champion), clips, limits)
    except ModelError as error:
        wrong = f"version {against} in Production cannot be loaded to compare with: {error}"
    if wrong:
        return Verdict(False, wrong, against, measures)
    measures |= compare(new, old, clips, indices, frame_rate)
    passed, reason = judge(measures, limits)
    return Verdict(passed, reason, against, measures)
