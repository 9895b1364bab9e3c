"""The trials of a search as a picture."""

from pathlib import Path

import pandas as pd

from stages.reporting.figures import PALETTE, canvas
from stages.reports.training import ValScores


def draw_pareto(trials: pd.DataFrame, base: ValScores, path: str | Path) -> None:
    """Val loss against val accuracy of all trials, the ones that none beats in both joined by a line.

    Args:
        trials: "val_loss", "val_accuracy", "number", "pareto" (bool).
        base: the untuned model's scores.
        path: PNG to write.
    """
    with canvas(path, 7, 5) as (_, axes):
        axes.scatter(base.loss, base.accuracy, marker="s", color=PALETTE[3], label="not tuned", zorder=3)
        if len(trials):
            front = trials[trials["pareto"]].sort_values("val_loss")
            axes.scatter(trials["val_loss"], trials["val_accuracy"], color=PALETTE[5], label="trial")
            axes.plot(front["val_loss"], front["val_accuracy"], "o-", color=PALETTE[0], label="Pareto front")
            for row in front.itertuples():
                axes.annotate(str(row.number), (row.val_loss, row.val_accuracy), (5, 5), textcoords="offset points")
        axes.set_ylim(*_limits([base.accuracy, *trials.get("val_accuracy", ())]))
        axes.set(title="Trials of the tuning", xlabel="val loss (lower is better)", ylabel="val accuracy")
        axes.legend()


def _limits(accuracies: list[float]) -> tuple[float, float]:
    """A little room around the values, and none beyond what an accuracy can be."""
    room = max(0.02, 0.1 * (max(accuracies) - min(accuracies)))
    return max(-0.01, min(accuracies) - room), min(1.01, max(accuracies) + room)
