"""Scores of translation as a picture."""

from pathlib import Path

import numpy as np

from stages.reporting.figures import PALETTE, canvas
from stages.translation.scores import NAMES


def draw(found: dict[str, dict[str, float]], names: dict[str, str], path: Path) -> None:
    """Bars of each score for each row that was evaluated.

    Args:
        found: {row: {score: 0–100}}.
        names: what each row is called.
        path: PNG to write.
    """
    with canvas(path) as (_, axes):
        places, width = np.arange(len(NAMES)), 0.8 / len(found)
        for number, (row, values) in enumerate(found.items()):
            heights = [values[name] for name in NAMES]
            bars = axes.bar(places + number * width, heights, width, color=PALETTE[number], label=names[row])
            axes.bar_label(bars, fmt="%.0f", fontsize=8)
        axes.set_xticks(places + width * (len(found) - 1) / 2, ["BLEU", "chrF", "ROUGE-1", "ROUGE-L"])
        axes.set(title="Gloss to English against two references", ylabel="score, 0–100", ylim=(0, 100))
        axes.legend()
