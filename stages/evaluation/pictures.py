"""What a model gets right and wrong, as pictures."""

from pathlib import Path

import numpy as np
import pandas as pd

from stages.reporting.figures import INK, MUTED, PALETTE, canvas, note_empty

MOST_NAMES = 60  # more names than this cannot be read on one picture
MOST_NUMBERS = 25  # with more rows than this, numbers in the cells are only clutter


def draw_confusion(matrix: pd.DataFrame, path: str | Path, title: str) -> None:
    """Row-normalised confusion matrix; with many glosses, those with most errors only, worst first.

    Args:
        matrix: counts, rows signed, columns guessed.
        path: PNG to write.
        title: what is shown.
    """
    counts = matrix.to_numpy()
    if len(matrix) > MOST_NAMES:
        errors = counts.sum(axis=1) + counts.sum(axis=0) - 2 * np.diag(counts)
        worst = np.argsort(-errors, kind="stable")[:MOST_NAMES]
        counts, names = counts[np.ix_(worst, worst)], matrix.index[worst]
        title += f": the {MOST_NAMES} of {len(matrix)} glosses with most errors"
        shares = counts / np.maximum(matrix.to_numpy()[worst].sum(axis=1, keepdims=True), 1)
    else:
        names = matrix.index
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    size = max(5.0, 2.5 + 0.19 * len(names))
    with canvas(path, size + 1, size) as (figure, axes):
        shown = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
        axes.set(title=title, xlabel="guessed", ylabel="signed")
        axes.set_xticks(range(len(names)), names, rotation=90, fontsize=8)
        axes.set_yticks(range(len(names)), names, fontsize=8)
        axes.grid(visible=False)
        figure.colorbar(shown, ax=axes, shrink=0.7, label="share of the clips of a gloss")
        for i, j in zip(*np.nonzero(counts), strict=True) if len(names) <= MOST_NUMBERS else ():
            colour = "white" if shares[i, j] > 0.5 else INK
            axes.text(j, i, counts[i, j], ha="center", va="center", fontsize=7, color=colour)


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
