"""Puts manifest and landmark store through all rules and decides which clips may be used."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from bentos.contract.summary import MEASURED
from stages.dataset import drift, rules, tables
from stages.dataset.expectations import Check, failed, run
from stages.dataset.summaries import summaries
from stages.pose.store import SCHEMA, LandmarkStore
from stages.reports.data import ValidationReport

UNREADABLE = (OSError, ValueError, KeyError, pa.ArrowException)


@dataclass
class Outcome:
    """What came out of validation.

    Attributes:
        checks: every rule's outcome, in the order of the rules.
        clips: summaries of all clips of the store, joined with the manifest; empty if they could not be read.
        totals: counts and shares over the clips that are left.
        excluded, untrained: video_id → why, for clips that are not used at all, or not for training.
        drift: one row a feature, empty without a reference.
        statistics: what later data is compared with; empty if the data could not be read.
    """

    checks: list[Check]
    clips: pd.DataFrame = field(default_factory=pd.DataFrame)
    totals: dict[str, Any] = field(default_factory=dict)
    excluded: dict[str, list[str]] = field(default_factory=dict)
    untrained: dict[str, list[str]] = field(default_factory=dict)
    drift: pd.DataFrame = field(default_factory=pd.DataFrame)
    statistics: dict[str, Any] = field(default_factory=dict)

    @property
    def stopped(self) -> list[Check]:
        """Checks that end the pipeline."""
        return [check for check in self.checks if check.stops]

    @property
    def warnings(self) -> list[Check]:
        """Checks that failed and do not end the pipeline."""
        return [check for check in self.checks if not check.passed and not check.stops]

    def valid(self) -> pd.DataFrame:
        """Clips that may be used: video_id, trainable (False: val and test only), and what was measured."""
        left = self.clips[~self.clips["video_id"].isin(self.excluded)]
        table = left[["video_id", "frames", "fps", *MEASURED, "landmarks_hash"]].reset_index(drop=True)
        table.insert(1, "trainable", ~table["video_id"].isin(self.untrained))
        return table

    def used(self) -> pd.DataFrame:
        """The rows of `clips` that are learnt from, chosen by or tested on."""
        left = self.clips[~self.clips["video_id"].isin(self.excluded)]
        return left[~(left["split"].eq("train") & left["video_id"].isin(self.untrained))]

    def report(self) -> ValidationReport:
        """Counts and shares."""
        counts = ("manifest", "landmarks", "missing", "excluded", "train", "val", "test", "glosses")
        shares = [name for name in self.totals if name.endswith("hand_share") or name in ("pose_share", "face_share")]
        excess = self.drift["excess"] if len(self.drift) else pd.Series(dtype=float)
        return ValidationReport(
            passed=not self.stopped,
            checks={
                "passed": sum(check.passed for check in self.checks),
                "stopped": len(self.stopped),
                "warned": len(self.warnings),
            },
            clips={
                "valid": self.totals.get("clips", 0),
                **{name: self.totals.get(name, 0) for name in counts},
                "untrained": len(self.untrained.keys() - self.excluded.keys()),
            },
            seen={name: None if pd.isna(self.totals[name]) else round(self.totals[name], 4) for name in shares},
            drift={"features": len(self.drift), "shifted": int((excess > 0).sum())},
        )


def examine(manifest: Path, landmarks: Path, limits: rules.Limits, reference: str = "") -> Outcome:
    """Check manifest and landmark store; never raises for what is wrong with them.

    Args:
        manifest: Parquet file, one row a clip.
        landmarks: folder of the landmark store.
        limits: limits of the rules.
        reference: landmark statistics of the data that Production was trained on; empty to compare with nothing.

    Raises:
        StageError: the reference is missing or something else.
    """
    before = drift.read_statistics(reference) if reference else None
    read, checks = _read(manifest, landmarks)
    if read is None:
        return Outcome(checks)
    listed, stored, store = read
    columns = pd.concat([tables.columns("manifest", listed), tables.columns("landmarks", stored)])
    checks = run({"columns": columns, "manifest": listed}, [*rules.schema_rules(), *rules.manifest_rules()])
    if any(check.stops for check in checks):
        return Outcome(checks)
    try:
        progress = tqdm(store.read(), total=len(stored), desc="summaries", unit="clip", mininterval=1.0, disable=None)
        described = summaries(progress)
    except UNREADABLE as error:
        again = "A shard of the store is damaged: run `dvc repro --force landmarks`."
        return Outcome([*checks, failed("All landmarks can be read", str(error), again)])
    return _judge(checks, listed, tables.join(listed, stored, described), limits, before)


def _read(
    manifest: Path, landmarks: Path
) -> tuple[tuple[pd.DataFrame, pd.DataFrame, LandmarkStore] | None, list[Check]]:
    """Manifest, the store's columns without landmarks, and the store; or the checks that say why not."""
    problems = []
    try:
        listed = pd.read_parquet(manifest)
    except UNREADABLE as error:
        problems.append(failed(f"{manifest} can be read", _first_line(error), "Run `dvc repro --force ingest`."))
    try:
        store = LandmarkStore(landmarks)
        problems += [c for shard in store.shards if (c := _shard_problem(shard)) is not None]
        stored = store.summary() if not problems else None
    except UNREADABLE as error:
        problems.append(failed(f"{landmarks} can be read", _first_line(error), "Run `dvc repro --force landmarks`."))
    return (None, problems) if problems else ((listed, stored, store), [])


def _shard_problem(shard: Path) -> Check | None:
    advice = "Run `dvc repro --force landmarks`, which writes the store anew from its cache."
    title = f"{shard} is a shard of the landmark store"
    try:
        found = pq.read_schema(shard)
    except UNREADABLE as error:
        return failed(title, _first_line(error), advice)
    wrong = [
        f"{want.name} is {found.field(want.name).type if want.name in found.names else 'missing'}, not {want.type}"
        for want in SCHEMA
        if want.name not in found.names or found.field(want.name).type != want.type
    ]
    return failed(title, "; ".join(wrong), advice) if wrong else None


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:300] if str(error) else type(error).__name__


def _judge(
    checks: list[Check], manifest: pd.DataFrame, clips: pd.DataFrame, limits: rules.Limits, before: dict | None
) -> Outcome:
    """Exclude clips by the rules on single clips, then look at what is left."""
    checks = checks + run({"clips": clips}, rules.clip_rules(limits))
    excluded, untrained = (_reasons(checks, level) for level in ("exclude", "untrained"))
    together = tables.corpus(manifest, clips, set(excluded), set(untrained))
    outcome = Outcome(
        checks,
        clips,
        together["totals"].to_dict("records")[0],
        excluded,
        {video_id: why for video_id, why in untrained.items() if video_id not in excluded},
    )
    left = clips[~clips["video_id"].isin(excluded)]
    outcome.statistics = drift.statistics(left)
    last = rules.corpus_rules(limits)
    if before is not None:
        outcome.drift = together["drift"] = drift.compare(before, left, limits.max_drift)
        gone = sorted(set(before["glosses"]) - set(left["gloss"]))
        together["gone"] = pd.DataFrame({"gloss": gone})
        last += rules.drift_rules(limits)
    outcome.checks = checks + run(together, last)
    return outcome


def _reasons(checks: list[Check], level: rules.Level) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for check in checks:
        for video_id in check.failing if check.level == level and not check.passed else ():
            reasons.setdefault(video_id, []).append(check.title)
    return reasons
