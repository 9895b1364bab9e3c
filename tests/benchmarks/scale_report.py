"""The report of `scale`: a table of every stage at every size, what grows faster than the data, and a figure."""

import json
import math
from pathlib import Path

import pandas as pd
from matplotlib.ticker import NullLocator

from stages.reporting.figures import PALETTE, canvas

STEEP = 1.15  # exponent of growth from which a stage is said to grow faster than the data
LIMIT_GB = 24  # memory that every stage must do with
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def growth(table: pd.DataFrame, measure: str) -> dict[str, float]:
    """By stage, the exponent by which a measure grows with the clips between the two largest sizes: 1 is linear."""
    sizes = sorted(table["clips"].unique())[-2:]
    if len(sizes) < 2:
        return {}
    small, large = (table[table["clips"] == size].set_index("stage")[measure] for size in sizes)
    both = [stage for stage in large.index if stage in small.index and small[stage] > 0 and large[stage] > 0]
    ratio = math.log(sizes[1] / sizes[0])
    return {stage: math.log(large[stage] / small[stage]) / ratio for stage in both}


def markdown(table: pd.DataFrame) -> str:
    """The measured part of the report."""
    exponents = growth(table, "cpu_s")
    lines = ["| stage | clips | seconds | CPU seconds | peak memory, GB | new files, GB | growth |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for stage, rows in table.groupby("stage", sort=False):
        for row in rows.sort_values("clips").itertuples():
            last = row.clips == table["clips"].max() and stage in exponents
            power = f"n^{exponents[stage]:.2f}" if last else ""
            lines.append(
                f"| {stage} | {row.clips:,} | {row.seconds:,.0f} | {row.cpu_s:,.0f} | {row.peak_gb:.2f} "
                f"| {row.disk_gb:.2f} | {power} |"
            )
    steep = [f"`{stage}` (n^{power:.2f})" for stage, power in exponents.items() if power > STEEP]
    most = table.loc[table["peak_gb"].idxmax()]
    where = f"`{most['stage']}` at {most['clips']:,} clips"
    said = f"Most memory: {most['peak_gb']:.2f} GB, {where}, of {LIMIT_GB} GB allowed."
    grown = f"Growing faster than the data: {', '.join(steep)}." if steep else "No stage grows faster than the data."
    return "\n".join([*lines, "", said, grown if exponents else ""]).rstrip()


def draw(table: pd.DataFrame, file: Path) -> None:
    """CPU seconds and peak memory of each stage over the number of clips, on logarithmic axes."""
    with canvas(file, width=10, height=4.5, columns=2) as (_, axes):
        for ax, measure, title in zip(axes, ("cpu_s", "peak_gb"), ("CPU seconds", "Peak memory, GB"), strict=True):
            for i, (stage, rows) in enumerate(table.groupby("stage", sort=False)):
                rows = rows.sort_values("clips")
                line = {"color": PALETTE[i % len(PALETTE)], "linestyle": "-" if i < len(PALETTE) else ":"}
                ax.plot(rows["clips"], rows[measure], marker="o", label=stage, **line)
            ax.set(title=title, xlabel="clips", xscale="log", yscale="log")
            sizes = sorted(table["clips"].unique())
            ax.set_xticks(sizes, [f"{size:,}" for size in sizes], minor=False)
            ax.xaxis.set_minor_locator(NullLocator())
        axes[1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1.02, 0.5))


def write(found: Path, report: Path) -> None:
    """Put the table into the report between its two marks, and the figure beside it.

    Args:
        found: a line of JSON for each stage and size.
        report: Markdown; what people wrote before and after the marks stays.
    """
    table = pd.DataFrame([json.loads(line) for line in found.read_text().splitlines()])
    draw(table, report.with_suffix(".png"))
    text = report.read_text(encoding="utf-8") if report.is_file() else f"{BEGIN}\n{END}\n"
    before, _, rest = text.partition(BEGIN)
    report.write_text(f"{before}{BEGIN}\n{markdown(table)}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
