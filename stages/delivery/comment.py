"""What a change does to the model, as the comment of its pull request.

Run as `python -m stages.delivery.comment BASE --to FOLDER`: compares the working tree (or `--head`) with the revision
BASE and writes FOLDER/comment.md and its figures. Both revisions must have been run and, if not here, pushed.
"""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from stages import paths
from stages.delivery.figures import draw
from stages.delivery.revision import Revision
from stages.reports.evaluation import Metrics, Scores, TranslationReport
from stages.reports.release import ExportReport, Registration
from stages.reports.training import Selection

MOST = 10  # rows of the tables of glosses
MARK = "<!-- islr: what the change does to the model -->"


def table(columns: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; numbers to the right."""
    line = lambda cells: "| " + " | ".join(str(c).replace("|", "\\|") for c in cells) + " |"  # noqa: E731
    return "\n".join([line(columns), line(["---", *["--:"] * (len(columns) - 1)]), *map(line, rows)])


def share(value: float | None) -> str:
    """0.9167 → 91.7 %."""
    return "–" if value is None or np.isnan(value) else f"{value:.1%}".replace("%", " %")


def points(value: float) -> str:
    """0.041 → +4.1 points."""
    return f"{value * 100:+.1f} points"


def scores(base: Revision, head: Revision) -> str:
    """Table of what the model does: accuracy with 95 % intervals, calibration, size, speed."""
    rows = []
    for split in ("test", "val"):
        old, new = (getattr(_metrics(r), split) for r in (base, head))
        for name, title in (("accuracy", "top-1"), ("top5_accuracy", "top-5")):
            change = points(getattr(new, name) - getattr(old, name)) if old.n and new.n else ""
            rows.append([f"{split} {title}", _with_interval(old, name), _with_interval(new, name), change])
    for title, digits, pick in _NUMBERS:
        a, b = (pick(r) for r in (base, head))
        change = f"{b - a:+.{digits}f}" if a is not None and b is not None else ""
        rows.append([title, *("–" if v is None else f"{v:.{digits}f}" for v in (a, b)), change])
    chosen = [r.report(paths.SELECTION, Selection) for r in (base, head)]
    rows.append(["network", *(selection.selected if selection else "–" for selection in chosen), ""])
    return table(["", f"base `{base.short}`", f"`{head.short}`", "change"], rows)


def _metrics(revision: Revision) -> Metrics:
    return revision.report(paths.METRICS, Metrics) or Metrics()


def _with_interval(scores: Scores, name: str) -> str:
    if not scores.n:
        return "–"
    low, high = getattr(scores, f"{name}_ci") or (None, None)
    return f"{share(getattr(scores, name))} ({share(low)} – {share(high)}, n={scores.n})".replace(" % – ", " – ")


def _size_mb(revision: Revision) -> float | None:
    report = revision.report(paths.EXPORTED, ExportReport)
    return report.file.size_bytes / 1e6 if report and report.file else None


def _latency_ms(revision: Revision) -> float | None:
    report = revision.report(paths.EXPORTED, ExportReport)
    return report.file.latency_ms.get("65") if report and report.file else None


def _chrf(revision: Revision) -> float | None:
    report = revision.report(paths.TRANSLATION, TranslationReport)
    return report.scores.get("recognised", {}).get("chrf") if report else None


_NUMBERS: tuple[tuple[str, int, Callable[[Revision], float | None]], ...] = (
    ("test loss", 3, lambda r: _metrics(r).test.loss),
    ("test calibration error", 3, lambda r: _metrics(r).test.calibration_error),
    ("size, MB", 2, _size_mb),
    ("65 frames on one core, ms", 2, _latency_ms),
    ("English, chrF", 1, _chrf),
)


def paired(base: Revision, head: Revision) -> tuple[str, float | None]:
    """One sentence on the clips that both were scored on, and the gain in accuracy there.

    The interval is a paired bootstrap's: the same clips are drawn for both models.
    """
    from stages.tracking.gate import paired_bootstrap

    if not len(base.predictions) or not len(head.predictions):
        return "There is nothing to compare with: the base has no scores in cache or remote.", None
    both = base.predictions.merge(head.predictions, on=["video_id", "actual"], suffixes=("_old", "_new"))
    if not len(both):
        return "The two were scored on different clips, so their numbers do not compare.", None
    new, old = both["right_new"].to_numpy(bool), both["right_old"].to_numpy(bool)
    low, high = paired_bootstrap(new, old)
    gain = float(new.mean() - old.mean())
    on = f"On the {len(both)} held-out clips that both were scored on"
    if (new == old).all():
        return f"{on}, both are right on the same {share(new.mean())}.", gain
    sure = "more than chance does" if low > 0 or high < 0 else "chance may do as much"
    change = f"{points(gain)} (90 % interval {points(low)} to {points(high)})"
    return f"{on}: {share(old.mean())} → {share(new.mean())} right, {change}: {sure}.", gain


def parameters(base: Revision, head: Revision) -> str:
    """Table of parameters that differ."""
    names = sorted(n for n in base.params.keys() | head.params.keys() if base.params.get(n) != head.params.get(n))
    if not names:
        return "No parameter differs."
    shown = lambda revision, name: f"`{revision.params[name]}`" if name in revision.params else "–"  # noqa: E731
    return table(["parameter", "base", "now"], [[f"`{n}`", shown(base, n), shown(head, n)] for n in names])


def glosses(base: Revision, head: Revision) -> str:
    """Table of the glosses that are recognised worst now, then of those that fell furthest."""
    new = head.predictions
    if not len(new):
        return "No predictions."
    rows = new.groupby("actual").agg(n=("right", "size"), now=("right", "mean"))
    old = base.predictions
    rows["base"] = old.groupby("actual")["right"].mean().reindex(rows.index) if len(old) else np.nan
    wrong = new[~new["right"].astype(bool)]
    rows["taken"] = wrong.groupby("actual")["predicted"].agg(lambda p: p.value_counts().index[0])
    rows["fall"] = (rows["base"] - rows["now"]).fillna(0)
    rows = rows[(rows["now"] < 1) | (rows["fall"] > 0)].sort_values(["now", "fall"], ascending=[True, False])
    if not len(rows):
        return f"All {len(new)} held-out clips are recognised."
    shown = [
        [gloss, str(row["n"]), share(row["base"]), share(row["now"]), "" if pd.isna(row["taken"]) else row["taken"]]
        for gloss, row in rows.head(MOST).iterrows()
    ]
    more = f"\n\n… and {len(rows) - MOST} more." if len(rows) > MOST else ""
    return table(["gloss", "held-out clips", "base", "now", "most often taken for"], shown) + more


def gate(head: Revision) -> str:
    """What the registry's gate said."""
    report = head.report(paths.REGISTRATION, Registration)
    if report is None:
        return "The version has not been registered."
    verb = "was promoted" if report.promoted else "was not promoted"
    if report.production == report.version and not report.promoted:
        verb = "serves already"
    return f"Version {report.version} {verb}: {report.reason}."


def write(base: Revision, head: Revision, folder: Path, link: str) -> str:
    """Write the comment and its figures; returns the Markdown.

    Args:
        base: what it is compared with.
        head: the change.
        folder: gets comment.md and figures/.
        link: where people find a figure; `{}` stands for its name.
    """
    figures = draw(base, head, folder / "figures")
    said, gain = paired(base, head)
    sign = "" if gain is None else "no change" if not gain else points(gain)
    metrics = _metrics(head)
    width = lambda name: 840 if name == "training.png" else 415  # noqa: E731 - pixels: two in a row
    picture = '<img src="{}" alt="{}" width="{}">'
    pictures = "\n".join(picture.format(link.format(name), title, width(name)) for name, title in figures.items())
    known = f"{share(metrics.shown.accuracy)} top-1 on {metrics.part}"
    parts = [
        f"{MARK}\n## Model: {known}{f', {sign} on held-out clips' if sign else ''}",
        f"{said} {gate(head)}",
        scores(base, head),
        "### Parameters\n\n" + parameters(base, head),
        "### Worst glosses\n\n" + glosses(base, head),
        f"<details open><summary>Figures</summary>\n\n{pictures}\n</details>" if figures else "",
    ]
    text = "\n\n".join(part for part in parts if part) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "comment.md").write_text(text, encoding="utf-8")
    return text


def main(arguments: list[str] | None = None) -> None:
    """Run the command."""
    p = argparse.ArgumentParser(prog="python -m stages.delivery.comment", description=__doc__.splitlines()[0])
    p.add_argument("base", help="revision to compare with, such as origin/main")
    p.add_argument("--head", help="the change; the working tree by default")
    p.add_argument("--to", type=Path, required=True, help="folder for comment.md and figures/")
    p.add_argument("--link", default="figures/{}", help="where a figure will be found; {} is its name (%(default)s)")
    given = p.parse_args(arguments)
    from dvc.exceptions import DvcException
    from dvc.repo import Repo

    try:
        Repo.find_root()
        sys.stdout.write(write(Revision(given.base), Revision(given.head), given.to, given.link))
    except DvcException as error:  # no clone, no such revision
        raise SystemExit(f"{error}: run from the repository's root, with a revision that git knows") from None


if __name__ == "__main__":
    main()
