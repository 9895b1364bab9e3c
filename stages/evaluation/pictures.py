"""What a model gets right and wrong, as pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from stages.evaluation.tables import worst_confusions
from stages.reporting.figures import INK, MUTED, PALETTE, canvas, note_empty

MOST_NAMES = 60  # with more glosses than this, a matrix can neither be read nor has anything in most of its cells
MOST_NUMBERS = 25  # with more rows than this, numbers in the cells are only clutter
MOST_PAIRS = 40  # bars that fit a page


def draw_confusion(pairs: pd.DataFrame, glosses: Sequence[str], path: str | Path, title: str) -> None:
    """Row-normalised confusion matrix; with many glosses, the pairs that are mixed up most as bars.

    Args:
        pairs: of `stages.evaluation.tables.confusions`.
        glosses: all that the model knows.
        path: PNG to write.
        title: what is shown.
    """
    if len(glosses) > MOST_NAMES:
        worst = worst_confusions(pairs, MOST_PAIRS)
        draw_worst(worst, path, f"{title}: most confused of {len(glosses):,} glosses")
        return
    counts = pairs.pivot(index="signed", columns="guessed", values="times")
    counts = counts.reindex(index=glosses, columns=glosses).fillna(0).to_numpy(int)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(5.0, 2.5 + 0.19 * len(glosses))
    with canvas(path, size + 1, size) as (figure, axes):
        shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set(title=title, xlabel="guessed", ylabel="signed")
        axes.set_xticks(range(len(glosses)), glosses, rotation=90, fontsize=8)
        axes.set_yticks(range(len(glosses)), glosses, fontsize=8)
        axes.grid(visible=False)
        figure.colorbar(shown, ax=axes, shrink=0.7, label="share of the clips of a gloss")
        for i, j in zip(*np.nonzero(counts), strict=True) if len(glosses) <= MOST_NUMBERS else ():
            colour = "white" if shares[i, j] > 0.5 else INK
            axes.text(j, i, counts[i, j], ha="center", va="center", fontsize=7, color=colour)


def draw_worst(worst: pd.DataFrame, path: str | Path, title: str) -> None:
    """Pairs that are mixed up as bars: how often, of how many clips.

    Args:
        worst: of `stages.evaluation.tables.worst_confusions`.
        path: PNG to write.
        title: what is shown.
    """
    with canvas(path, 8, max(2.5, 1.2 + 0.21 * len(worst))) as (_, axes):
        if worst.empty:
            note_empty(axes, "nothing is confused")
            return
        named = [f"{row.signed} → {row.guessed}" for row in worst.itertuples()]
        bars = axes.barh(named, worst["times"], color=PALETTE[0])
        axes.bar_label(bars, [f"of {of}" for of in worst["of"]], padding=3, fontsize=8, color=MUTED)
        axes.set(title=title, xlabel="clips")
        axes.invert_yaxis()
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.tick_params(axis="y", labelsize=8)
        axes.grid(visible=False, axis="y")


def draw_reliability(before: list[dict], after: list[dict], path: str | Path, title: str) -> None:
    """How often the model is right against how sure it is, before and after its temperature was fitted.

    Args:
        before: bins of `stages.evaluation.calibration.reliability` at temperature 1.
        after: the same as served.
        path: PNG to write.
        title: what is shown.
    """
    with canvas(path, 6, 5.5) as (_, axes):
        if not after:
            note_empty(axes, "no clips")
            return
        axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle="--", label="as sure as right")
        for rows, colour, label in ((before, PALETTE[1], "network"), (after, PALETTE[0], "as served")):
            axes.plot([r["confidence"] for r in rows], [r["accuracy"] for r in rows], "o-", color=colour, label=label)
        for row in after:
            place = (row["confidence"], row["accuracy"])
            axes.annotate(str(row["n"]), place, (4, -12), textcoords="offset points", fontsize=8, color=MUTED)
        axes.set(
            title=title, xlabel="how sure (mean probability)", ylabel="how often right", xlim=(0, 1.02), ylim=(0, 1.02)
        )
        axes.legend(loc="upper left")
