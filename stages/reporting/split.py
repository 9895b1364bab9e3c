"""Pictures of the chosen clips (glosses, lengths, coverage), and a page that shows them with the tables."""

from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import pandas as pd

from stages.reporting.figures import INK, PALETTE, SPLIT_COLOURS, canvas, data_uri, note_empty, stacked_bars
from stages.reporting.page import write

MOST_SOURCES = 25
FIGURES = {
    "videos_per_gloss": "Videos of every gloss by subset",
    "length_histogram": "Frames a video by subset, at the videos' own frame rates; dashed: the mean",
    "length_boxes": "The same as box plots: median, quartiles, single videos beyond 1.5 times the box",
    "coverage_by_source": "Share of a video's frames in which hands, pose and face are seen, by source",
    "word_cloud": "The glosses, as large as they have videos",
}


def draw_all(clips: pd.DataFrame, tables: dict[str, pd.DataFrame], folder: Path) -> None:
    """Draw every picture into `folder`.

    Args:
        clips: split, frames and so on, one row a clip.
        tables: what `stages.dataset.statistics.tables` gave.
    """
    videos_per_gloss(tables["glosses"], folder / "videos_per_gloss.png")
    length_histogram(clips, folder / "length_histogram.png")
    length_boxes(clips, folder / "length_boxes.png")
    coverage_by_source(tables["sources"], folder / "coverage_by_source.png")
    word_cloud(tables["glosses"], folder / "word_cloud.png")


def videos_per_gloss(glosses: pd.DataFrame, path: Path) -> None:
    """Stacked bars, most clips first; many glosses carry no names but ranks."""
    ordered = glosses.sort_values("videos", ascending=False, kind="stable")
    crowded = len(ordered) > 120
    width = 9 if crowded else min(max(6.5, 2 + 0.16 * len(ordered)), 20)
    with canvas(path, width, 4.2) as (_, axes):
        parts = {split: ordered[split].to_numpy() for split in SPLIT_COLOURS}
        stacked_bars(axes, ordered["gloss"].tolist(), parts, most_names=120)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.set(title=f"Videos of each of {len(ordered):,} glosses", ylabel="videos")
        if crowded:
            axes.set_xlabel("glosses, most videos first")
        axes.set_ylim(0, float(ordered["videos"].max()) * 1.18)


def length_histogram(clips: pd.DataFrame, path: Path) -> None:
    """How long the clips are, in frames at their own rate, by subset."""
    top = max(int(clips["frames"].max()), 1)
    wide = max(1, round(top / 30))
    bins = np.arange(0, top + wide + 1, wide) - 0.5  # whole frames: no bin holds more numbers than another
    with canvas(path, 8, 5.2, 3, 1) as (figure, panels):
        for panel, (split, colour) in zip(panels, SPLIT_COLOURS.items(), strict=True):
            frames = clips.loc[clips["split"].eq(split), "frames"]
            if frames.empty:
                panel.set_title(split, fontsize=10)
                note_empty(panel, f"no {split} videos")
                continue
            panel.hist(frames, bins=bins, color=colour)
            panel.set_xlim(0, bins[-1])
            panel.yaxis.get_major_locator().set_params(integer=True)
            panel.axvline(frames.mean(), color=INK, linewidth=1.2, linestyle="--")
            panel.set_title(f"{split} · {len(frames):,} videos · mean {frames.mean():.0f}", fontsize=10)
        figure.supxlabel("frames a video", fontsize=10, color=INK)
        figure.supylabel("videos", fontsize=10, color=INK)
        figure.suptitle("Length of the videos", x=0.01, ha="left", fontsize=12, fontweight="bold", color=INK)


def length_boxes(clips: pd.DataFrame, path: Path) -> None:
    """Box plot of the lengths by subset: median, quartiles, and single clips beyond 1.5 times the box."""
    with canvas(path, 8, 3.4) as (_, axes):
        present = [split for split in SPLIT_COLOURS if clips["split"].eq(split).any()][::-1]
        values = [clips.loc[clips["split"].eq(split), "frames"].to_numpy() for split in present]
        boxes = axes.boxplot(
            values,
            orientation="horizontal",
            widths=0.55,
            patch_artist=True,
            medianprops={"color": "white", "linewidth": 2},
            flierprops={
                "marker": "o",
                "markersize": 3,
                "markeredgecolor": "none",
                "markerfacecolor": INK,
                "alpha": 0.4,
            },
        )
        for box, split in zip(boxes["boxes"], present, strict=True):
            box.set(facecolor=SPLIT_COLOURS[split], edgecolor=SPLIT_COLOURS[split])
        axes.set_yticks(
            range(1, len(present) + 1), [f"{split} ({len(v):,})" for split, v in zip(present, values, strict=True)]
        )
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.set(title="Length of the videos by subset", xlabel="frames a video")
        axes.set_xlim(left=0)


def coverage_by_source(sources: pd.DataFrame, path: Path) -> None:
    """In what share of the frames hands, pose and face are seen, for the sources with the most clips."""
    shown = sources.head(MOST_SOURCES)[::-1]
    parts = {"any hand": "hand_share", "pose": "pose_share", "face": "face_share"}
    with canvas(path, 8, 1.8 + 0.34 * len(shown)) as (_, axes):
        if shown.empty:
            note_empty(axes, "no videos")
            return
        places = np.arange(len(shown))
        for number, (label, column) in enumerate(parts.items()):
            bars = axes.barh(places + (1 - number) * 0.26, shown[column].fillna(0), 0.26, color=PALETTE[number])
            bars.set_label(label)
            axes.bar_label(bars, fmt=lambda share: f"{share:.0%}", padding=2, fontsize=7, color=INK)
        names = [name or "unknown" for name in shown["source"].fillna("")]
        axes.set_yticks(places, [f"{name} ({count:,})" for name, count in zip(names, shown["videos"], strict=True)])
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.set_xlim(0, 1.05)
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        more = f", the {MOST_SOURCES} largest of {len(sources)}" if len(sources) > MOST_SOURCES else ""
        axes.set(title=f"What is seen, by source{more}", xlabel="mean share of a video's frames")
        axes.legend(ncols=3, loc="lower right", bbox_to_anchor=(1, 1))


def word_cloud(glosses: pd.DataFrame, path: Path) -> None:
    """The glosses, as large as they have videos: twice the videos, twice the height."""
    from wordcloud import WordCloud

    width, height = 1300, 650
    shown = glosses.sort_values("videos", ascending=False, kind="stable").head(400)
    scale = shown["videos"] / max(shown["videos"].max(), 1)
    letters = max(float(((shown["gloss"].str.len() + 0.5) * scale**2).sum()), 1.0)  # in squares of the largest font
    largest = int(np.clip(np.sqrt(0.55 * width * height / (0.65 * letters)), 8, 120))  # all fit without being shrunk
    colours = PALETTE[:6]
    cloud = WordCloud(
        width=width,
        height=height,
        background_color="white",
        font_path=str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"),
        max_words=len(shown),
        max_font_size=largest,
        relative_scaling=1.0,
        prefer_horizontal=1.0,
        random_state=0,
        color_func=lambda word, random_state=None, **_: colours[random_state.randrange(len(colours))],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    counts = {gloss: float(count) for gloss, count in zip(shown["gloss"], shown["videos"], strict=True)}
    cloud.generate_from_frequencies(counts).to_file(str(path))


def write_page(document: dict[str, Any], tables: dict[str, pd.DataFrame], folder: Path) -> Path:
    """Write `split.html`: statistics, figures (which must be drawn already) and tables on one page, for offline use.

    Args:
        document: what stands in statistics.json.
        tables: what `stages.dataset.statistics.tables` gave.
    """
    signers = document["signers"]
    cards = {"videos": document["videos"], "glosses": document["glosses"], "signers": signers or "unknown"}
    if signers:
        cards["signers in several subsets"] = document["signers_in_several_subsets"]
    notes = document["notes"]
    verdict = {"kind": "warn", "text": "Worth knowing", "points": notes} if notes else None
    subsets = tables["subsets"]
    lengths = [name for name in subsets if not name.startswith("seconds_") and not name.endswith("_seen")]
    others = ["subset", *(name for name in subsets if name not in lengths)]
    figures = [{"caption": text, "source": data_uri(folder / f"{name}.png")} for name, text in FIGURES.items()]
    by_name = [_table(tables[name], name.capitalize()) for name in ("glosses", "sources", "signers")]
    return write(
        folder / "split.html",
        "report.html.j2",
        title="The chosen clips",
        lead=f"Glosses and clips that go on to training, by the strategy “{document['strategy']}”.",
        verdict=verdict,
        sections=[
            {"title": "Subsets", "cards": cards, "tables": [
                _table(subsets[lengths], "Videos, and frames a video"),
                _table(subsets[others], "Seconds a video, and the mean share of its frames in which parts are seen"),
            ]},
            {"title": "Pictures", "figures": figures},
            {"title": "Left out", "tables": [_left_out(document["left_out"])]},
            {"title": "Glosses, sources, signers", "tables": by_name},
        ],
    )  # fmt: skip


def _table(table: pd.DataFrame, caption: str) -> dict[str, Any]:
    shown = table.rename(columns=lambda name: name.replace("_", " ").replace(" share", ""))
    rows = [[cell if cell != "" else "unknown" for cell in row] for row in shown.astype(object).to_numpy().tolist()]
    return {"caption": caption, "columns": list(shown), "rows": rows}


def _left_out(reasons: dict[str, int]) -> dict[str, Any]:
    rows = [list(item) for item in reasons.items()] or [["nothing", 0]]
    return {"caption": "", "columns": ["why", "clips"], "rows": rows}
