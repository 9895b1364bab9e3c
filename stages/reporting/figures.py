"""Figures of one plain style, drawn without any global state: Agg canvases on `Figure` objects, saved as PNG."""

import base64
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.rcsetup import cycler

# Colours of Okabe and Ito (2008), which people with any common colour blindness can tell apart.
SPLIT_COLOURS = {"train": "#0072B2", "val": "#E69F00", "test": "#009E73"}
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#7A7A7A")
INK, MUTED, GRID = "#1f2933", "#5c6873", "#e3e7eb"

STYLE: dict[Any, Any] = {
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.titlelocation": "left",
    "axes.titlesize": 12,
    "axes.titleweight": "bold",
    "axes.titlepad": 10,
    "axes.labelsize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.prop_cycle": cycler(color=PALETTE),
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "font.size": 10,
    "font.family": "DejaVu Sans",  # travels with matplotlib: the same picture on every machine
}


def draw(width: float = 8.0, height: float = 4.5, rows: int = 1, columns: int = 1) -> tuple[Figure, Any]:
    """A blank figure, `width` × `height` inches, and its axes as `Figure.subplots` gives them.

    Call it, and all that draws on it, inside `style()`; `canvas` does both.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns)


@contextmanager
def style() -> Iterator[None]:
    """Everything drawn inside looks the same, whatever the machine's own matplotlib settings are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        yield


@contextmanager
def canvas(
    path: str | Path, width: float = 8.0, height: float = 4.5, rows: int = 1, columns: int = 1
) -> Iterator[tuple[Figure, Any]]:
    """Draw a figure in the project's style and write it to `path` as PNG when the block ends without an error.

    Example:
        with canvas("reports/tune/pareto.png") as (figure, axes):
            axes.scatter(losses, accuracies)
            axes.set(title="Trials", xlabel="val loss", ylabel="val accuracy")
    """
    with style():
        figure, axes = draw(width, height, rows, columns)
        yield figure, axes
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(png(figure))


def png(figure: Figure, dpi: int = 130) -> bytes:
    """The figure as PNG; equal figures give equal bytes (no date, no version inside)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def data_uri(image: str | Path | bytes | Figure) -> str:
    """A PNG (file, bytes or figure) as a `data:` address, so that a page needs no second file."""
    if isinstance(image, Figure):
        image = png(image)
    elif not isinstance(image, bytes):
        image = Path(image).read_bytes()
    return "data:image/png;base64," + base64.b64encode(image).decode("ascii")


def stacked_bars(
    axes: Axes, names: Sequence[str], parts: dict[str, Sequence[float]], most_names: int = 60, size: int = 8
) -> None:
    """Bars of several parts on top of each other, one bar a name.

    With up to `most_names` bars each carries its name; with more, the names would be unreadable, and the axis counts
    ranks instead. `parts` maps a part ("train") to one value a name; known subsets keep their colour everywhere.
    """
    places = np.arange(len(names))
    bottom = np.zeros(len(names))
    crowded = len(names) > most_names
    for number, (part, values) in enumerate(parts.items()):
        colour = SPLIT_COLOURS.get(part, PALETTE[number % len(PALETTE)])
        axes.bar(places, values, bottom=bottom, width=1.0 if crowded else 0.75, color=colour, label=part)
        bottom += np.asarray(values, dtype=float)
    if not crowded:
        upright = sum(map(len, names)) > 70
        axes.set_xticks(places, names, rotation=90 if upright else 0, fontsize=size if upright else 9)
    axes.margins(x=0.01)
    if len(parts) > 1:
        axes.legend(ncols=len(parts), loc="upper right")


def note_empty(axes: Axes, text: str) -> None:
    """Say on the axes that there is nothing to draw, instead of leaving them blank."""
    axes.axis("off")
    axes.text(0.5, 0.5, text, ha="center", va="center", color=MUTED, transform=axes.transAxes)
