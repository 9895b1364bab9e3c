"""The readable report of `validate`: one HTML file with every rule, the clips that failed, and figures."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from stages.dataset.comparison import Comparison
from stages.dataset.expectations import Check
from stages.dataset.validation import Outcome
from stages.reporting.comparison import sections
from stages.reporting.figures import MUTED, PALETTE, SPLIT_COLOURS, data_uri, draw, style
from stages.reporting.page import write

GROUPS = {
    "Files and columns": ("columns", "unread"),
    "The manifest": ("manifest",),
    "Every clip by itself": ("clips",),
    "All clips together": ("totals",),
    "Copies and signers across subsets": ("files", "signers"),
    "Clips of each gloss": ("glosses",),
    "Drift from what Production was trained on": ("drift", "gone"),
}
MEANING = {
    "stop": ("stops the pipeline", "bad"),
    "exclude": ("clips excluded", "warn"),
    "untrained": ("kept out of train", "warn"),
    "warn": ("warning", "warn"),
}
SHOWN = 300  # failing clips listed; more would only make the page slow


def write_report(outcome: Outcome, path: str | Path, comparison: Comparison | None = None) -> Path:
    """Write the report as one HTML file that needs nothing else.

    Args:
        outcome: of the rules.
        path: the file.
        comparison: of the clips with each other, where it was made.
    """
    return write(
        path,
        "validation.html.j2",
        title="Validation of manifest and landmarks",
        lead="Is this data fit to train on? Every rule below was checked with Great Expectations.",
        verdict=_verdict(outcome),
        cards=_cards(outcome),
        groups=_groups(outcome.checks),
        drift=_drift(outcome.drift),
        clips=_failing_clips(outcome),
        figures=_figures(outcome),
        sections=sections(comparison) if comparison else [],
    )


def _verdict(outcome: Outcome) -> dict[str, Any]:
    stopped, warned = outcome.stopped, outcome.warnings
    if stopped:
        text = f"Stopped: {len(stopped)} {'rule' if len(stopped) == 1 else 'rules'} must be met before training"
        return {"kind": "bad", "text": text, "points": [_point(c) for c in stopped]}
    if warned:
        text = f"Passed, with {len(warned)} {'warning' if len(warned) == 1 else 'warnings'}"
        return {"kind": "warn", "text": text, "points": [_point(c) for c in warned]}
    return {"kind": "good", "text": "Passed: every rule is met", "points": []}


def _point(check: Check) -> str:
    return f"Not so{' for ' + check.count if check.count else ''}: “{check.title}”" + (
        "" if check.count or not check.found else f" – {check.found}"
    )


def _cards(outcome: Outcome) -> dict[str, Any]:
    if not outcome.totals:
        return {}
    clips = outcome.report().clips
    names = {"valid": "valid clips", "glosses": "glosses", "missing": "without landmarks", "excluded": "excluded"}
    cards: dict[str, Any] = {label: clips[name] for name, label in names.items()}
    cards["kept out of train"] = clips["untrained"]
    for part in ("hand", "pose", "face"):
        share = outcome.totals[f"{part}_share"]
        cards[f"frames with {'a hand' if part == 'hand' else part}"] = None if pd.isna(share) else f"{share:.0%}"
    return cards


def _groups(checks: list[Check]) -> list[dict[str, Any]]:
    groups = []
    for title, names in GROUPS.items():
        rows = [_row(check) for check in checks if check.table in names]
        if rows:
            failed = sum(row["kind"] in ("warn", "bad") for row in rows)
            groups.append({"title": title, "rows": rows, "failed": failed})
    return groups


def _row(check: Check) -> dict[str, Any]:
    status, kind = ("passed", "good") if check.passed else MEANING[check.level]
    if check.passed and not check.rows:
        status, kind = "nothing to check", "muted"
    names = ", ".join(check.failing[:8]) + (f" and {len(check.failing) - 8:,} more" if len(check.failing) > 8 else "")
    return {
        "title": check.title,
        "status": status,
        "kind": kind,
        "found": check.found,
        "count": check.count,
        "names": names,
        "advice": "" if check.passed else check.advice,
    }


def _drift(table: pd.DataFrame) -> dict[str, Any] | None:
    if table.empty:
        return None
    rows = [
        [
            r.feature.replace("_", " "),
            r.before,
            r.now,
            round(r.psi, 4),
            round(r.allowed, 4),
            "yes" if r.excess > 0 else "no",
        ]
        for r in table.itertuples()
    ]
    columns = ["feature", "mean then", "mean now", "stability index", "allowed", "shifted"]
    return {
        "caption": "Population stability index of each feature, the furthest above what is allowed first",
        "columns": columns,
        "rows": rows,
    }


def _failing_clips(outcome: Outcome) -> dict[str, Any] | None:
    if outcome.clips.empty:
        return None
    known = outcome.clips.drop_duplicates("video_id").set_index("video_id")
    rows = [
        [video_id, known.at[video_id, "gloss"], known.at[video_id, "split"], use, "; ".join(why)]
        for use, clips in (("excluded", outcome.excluded), ("not in train", outcome.untrained))
        for video_id, why in clips.items()
    ]
    if not rows:
        return None
    caption = f"{len(rows):,} clips" + (f", the first {SHOWN} of them" if len(rows) > SHOWN else "")
    return {"caption": caption, "columns": ["clip", "gloss", "subset", "use", "why"], "rows": rows[:SHOWN]}


def _figures(outcome: Outcome) -> list[dict[str, str]]:
    if outcome.clips.empty:
        return []
    clips = outcome.clips[~outcome.clips["video_id"].isin(outcome.excluded)]
    if clips.empty:
        return []
    return [
        {"caption": "How much of each clip hands, pose and face are seen in", "source": _shares(clips)},
        {"caption": "Frames and frame rate of the clips", "source": _lengths(clips)},
    ]


def _shares(clips: pd.DataFrame) -> str:
    bins = np.linspace(0, 1, 21)
    with style():
        figure, axes = draw(9, 2.9, 1, 3)
        for panel, part, colour in zip(axes, ("hand", "pose", "face"), PALETTE, strict=False):
            panel.hist(clips[f"{part}_share"].dropna(), bins=bins, color=colour)
            panel.set(title="Any hand" if part == "hand" else part.capitalize(), xlim=(0, 1))
            panel.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
            panel.set_xlabel("share of a clip's frames")
        axes[0].set_ylabel("clips")
        return data_uri(figure)


def _lengths(clips: pd.DataFrame) -> str:
    with style():
        figure, (left, right) = draw(9, 3.1, 1, 2)
        parts = [clips.loc[clips["split"].eq(split), "frames"] for split in SPLIT_COLOURS]
        left.hist(parts, bins=30, stacked=True, color=list(SPLIT_COLOURS.values()), label=list(SPLIT_COLOURS))
        left.set(title="Frames per clip", xlabel="frames", ylabel="clips")
        left.legend()
        rates = clips["fps"].round(2).value_counts().sort_index()
        rates = rates if len(rates) <= 12 else clips["fps"].round().value_counts().sort_index()
        right.bar(range(len(rates)), rates.to_numpy(), color=MUTED, width=0.7)
        right.set_xticks(range(len(rates)), [f"{rate:g}" for rate in rates.index])
        right.set(title="Frame rate", xlabel="frames a second", ylabel="clips")
        right.tick_params(axis="x", rotation=90 if len(rates) > 10 else 0)
        return data_uri(figure)
