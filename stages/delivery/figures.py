"""Figures of the comment: both revisions' trainings in one picture, and what the change's evaluation drew."""

from pathlib import Path

import pandas as pd

from stages import paths
from stages.delivery.revision import Revision
from stages.reporting.figures import PALETTE, canvas, note_empty

COPIED = {"confusion.png": "Confusions on held-out clips", "reliability.png": "How sure, and how often right"}


def draw(base: Revision, head: Revision, folder: Path) -> dict[str, str]:
    """Write the figures that can be had; returns {file name: title}."""
    folder.mkdir(parents=True, exist_ok=True)
    curves = {
        (network, name): table
        for name, revision in (("base", base), ("now", head))
        if len(trainings := revision.table(paths.CURVES))
        for network, table in trainings.groupby("network")
    }
    found = {}
    if curves:
        _curves(curves, folder / "training.png")
        found["training.png"] = "Training: val loss and val top-1, base dashed"
    for name, title in COPIED.items():
        content = head.content(paths.EVALUATION / name)
        if content is not None:
            (folder / name).write_bytes(content)
            found[name] = title
    return found


def _curves(curves: dict[tuple[str, str], pd.DataFrame], path: Path) -> None:
    """Loss left, accuracy right; one colour a network, the base dashed."""
    networks = sorted({network for network, _ in curves})
    with canvas(path, 10, 3.6, columns=2) as (_, axes):
        for column, title, panel in (("val_loss", "val loss", axes[0]), ("val_accuracy", "val top-1", axes[1])):
            for (network, name), table in curves.items():
                if column in table:
                    colour = PALETTE[networks.index(network) % len(PALETTE)]
                    dashes = "--" if name == "base" else "-"
                    panel.plot(table["epoch"], table[column], dashes, color=colour, label=f"{network}, {name}")
            panel.set(title=title, xlabel="epoch")
            if panel.lines:
                panel.legend()
            else:
                note_empty(panel, "no curves")
