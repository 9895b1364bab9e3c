"""What comparing the clips has shown, as sections of the report of `validate`."""

from typing import Any

import pandas as pd

from stages import paths
from stages.dataset.comparison import Comparison

SHOWN = 50  # rows of each table; the files have all
LABELS = (
    "Each clip is compared with the mean of each gloss's other clips, as the base model sees them. Listed are clips "
    "whose own gloss that makes less likely than chance while another one is likely (confident learning, CleanLab), "
    "the worst first. They are only told: none is left out. Clips that the base model has learnt from, it saw with "
    "their gloss, so it shows of them only what it could not learn in spite of that; recordings that are new to it "
    "are judged out of sample. Look at one with `python -m stages.landmarks --preview VIDEO_ID`."
)
RECORDINGS = (
    "Pairs of a train clip and one of another subset of the manifest whose hands go the same way, point by point: one "
    "recording, cut, scaled or encoded anew. They are only told: val and test know such a clip from training, and "
    "where the glosses differ, not both can be recognised. Equal landmarks are not here: those train clips are left "
    "out by the rule above."
)


def sections(comparison: Comparison) -> list[dict[str, Any]]:
    """Sections for `stages.reporting.page`: suspect labels and near twins, or why there are none."""
    if comparison.problem:
        return [{"title": "Suspect labels and near twins", "intro": f"Not looked for: {comparison.problem}."}]
    suspects, twins = comparison.suspects, comparison.twins
    under_two = int(twins["train_gloss"].ne(twins["gloss"]).sum())
    by_part = suspects["split"].value_counts()
    return [
        {
            "title": "Suspect labels",
            "intro": LABELS,
            "cards": {
                "clips judged": comparison.judged,
                "suspect": len(suspects),
                **{f"of {split}": int(count) for split, count in by_part.items()},
            },
            "tables": _table(suspects, paths.SUSPECTS.name),
        },
        {
            "title": "Near twins across subsets",
            "intro": RECORDINGS,
            "cards": {"pairs": len(twins), "under two glosses": under_two},
            "tables": _table(twins, paths.TWINS.name),
        },
    ]


def _table(table: pd.DataFrame, file: str) -> list[dict[str, Any]]:
    if table.empty:
        return []
    caption = f"The first {SHOWN} of {len(table):,}; all: {file}" if len(table) > SHOWN else f"As in {file}"
    shown = table.head(SHOWN).rename(columns=lambda name: name.replace("_", " "))
    return [{"caption": caption, "columns": list(shown), "rows": shown.astype(object).to_numpy().tolist()}]
