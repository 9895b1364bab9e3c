"""How far what people sign at the service has moved from what Production learnt from, and what they correct.

It is told, never acted on: without labels, no training would mend it.
"""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from bentos.contract.feedback import EVENTS, OLDER
from stages.dataset import drift
from stages.reports.files import write_json
from stages.watching.memory import Memory

log = logging.getLogger(__name__)
NEWEST = 2000  # signs of a kind that are looked at
# Training clips hold rest before and after the sign, and live sessions cut it off: these differ without any drift.
CUT = frozenset(("duration", "left_hand_share", "right_hand_share", "hand_share", "hand_speed"))
TITLES = {"live": "Signs of live sessions", "predict": "Clips sent to /predict"}


def read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Signs and corrections that the service wrote, oldest first; a line that is no event is left out."""
    events = []
    for name in (OLDER, EVENTS):
        file = folder / name
        for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
            try:
                event = json.loads(line)
                event = event | event.pop("features", {})
                events.append(event if event.get("kind") else {})
            except (ValueError, AttributeError, TypeError):  # cut off, or no event at all
                log.warning("%s holds a line that is no event", file)
    table = pd.DataFrame([e for e in events if e])
    if not len(table):
        return pd.DataFrame(), pd.DataFrame()
    corrections = table["kind"].eq("correction")
    return table[~corrections].reset_index(drop=True), table[corrections].reset_index(drop=True)


class FeedbackDrift:
    """Looks at the service's feedback.

    Args:
        folder: the service's `ISLR_FEEDBACK_DIR`.
        reference: gives the landmark statistics of what Production learnt from, None when there are none.
        limit: population stability index from which a shift matters.
        at_least: signs; fewer say nothing.
        report: gets what was seen, as JSON, and for people beside it as Markdown.
        alert: called with ("drift", sentence) when other features have shifted than before.
    """

    def __init__(
        self,
        folder: Path,
        reference: Callable[[], dict[str, Any] | None],
        limit: float,
        at_least: int,
        report: Path,
        alert: Callable[[str, str], None],
    ):
        self.folder, self.reference, self.limit, self.at_least = folder, reference, limit, at_least
        self.report, self.alert = report, alert

    def __call__(self, memory: Memory) -> None:
        """Compare and tell; the watch's memory holds what was told last."""
        if not any((self.folder / name).is_file() for name in (OLDER, EVENTS)):
            return
        found = self.compare(*read(self.folder))
        write_json(self.report, found)
        self.report.with_suffix(".md").write_text(markdown(found), encoding="utf-8")
        told = sorted(
            f"{kind}: {row['feature']}" for kind, rows in found["drift"].items() for row in rows if row["shifted"]
        )
        if memory.news("drift", told):
            text = (
                f"what people sign has shifted ({', '.join(told)})"
                if told
                else "what people sign is as in training again"
            )
            log.warning("%s: see %s", text, self.report.with_suffix(".md"))
            self.alert("drift", text)

    def compare(self, signs: pd.DataFrame, corrections: pd.DataFrame) -> dict[str, Any]:
        """What goes into the report: `signs` (numbers of each kind), `corrections`, and `drift` (rows of each kind)."""
        reference = self.reference()
        found: dict[str, Any] = {"signs": {}, "corrections": _corrections(corrections), "drift": {}}
        for kind, all_of_it in signs.groupby("kind") if len(signs) else ():
            part = all_of_it.tail(NEWEST)
            numbers = {"signs": len(part), "score": round(float(part["score"].mean()), 3)}
            found["signs"][kind] = numbers | {"unsure": round(1 - float(part["known"].mean()), 3)}
            if reference is None or len(part) < self.at_least:
                continue
            table = drift.compare(reference, part, self.limit)
            free = CUT if kind == "live" else frozenset()
            table["shifted"] = (table["excess"] > 0) & ~table["feature"].isin(free)
            found["drift"][kind] = json.loads(table.to_json(orient="records", double_precision=4))
        return found


def _corrections(table: pd.DataFrame) -> dict[str, Any]:
    """How many signs people corrected, how many they confirmed, and what is confused most."""
    if not len(table):
        return {"corrected": 0, "confirmed": 0, "most": []}
    known = table[table["instead_of"].notna()]
    wrong = known[known["gloss"] != known["instead_of"]]
    most = wrong.groupby(["instead_of", "gloss"]).size().sort_values(ascending=False, kind="stable").head(20)
    return {
        "corrected": len(wrong) + len(table) - len(known),
        "confirmed": len(known) - len(wrong),
        "most": [{"said": said, "was": was, "times": int(times)} for (said, was), times in most.items()],
    }


def markdown(found: dict[str, Any]) -> str:
    """The report for people."""
    lines = ["# What people sign, compared with what Production learnt from", ""]
    for kind, numbers in found["signs"].items():
        said = f"{numbers['signs']} signs, mean score {numbers['score']:.2f}, {numbers['unsure']:.0%} too unsure"
        lines += [f"## {TITLES.get(kind, kind)}", "", said, ""]
        rows = found["drift"].get(kind)
        if rows is None:
            lines += ["Too few to compare, or no statistics to compare with.", ""]
            continue
        lines += ["| feature | learnt from, mean | now, mean | PSI | allowed | |", "|---|--:|--:|--:|--:|---|"]
        for row in rows:
            verdict = "**shifted**" if row["shifted"] else "depends on the cut" if row["excess"] > 0 else ""
            means = ("–" if row[n] is None else f"{row[n]:.3g}" for n in ("before", "now"))
            lines.append(
                f"| {row['feature']} | {' | '.join(means)} | {row['psi']:.3f} | {row['allowed']:.3f} | {verdict} |"
            )
        lines.append("")
    corrections = found["corrections"]
    lines += ["## Corrections", "", f"{corrections['corrected']} corrected, {corrections['confirmed']} confirmed", ""]
    if corrections["most"]:
        lines += ["| said | was | times |", "|---|---|--:|"]
        lines += [f"| {row['said']} | {row['was']} | {row['times']} |" for row in corrections["most"]]
    return "\n".join(lines) + "\n"


class ProductionStatistics:
    """Landmark statistics that travel in the Production version, else those of this clone's last run.

    Args:
        report: this clone's own, as `validate` wrote it.
    """

    def __init__(self, report: Path):
        self.report = report
        self._known: tuple[str, dict[str, Any] | None] | None = None

    def __call__(self) -> dict[str, Any] | None:
        """The statistics; None when neither has any."""
        from bentos.contract.database import DatabaseError
        from bentos.contract.registry import MODEL_NAME, resolve_production
        from stages.tracking.connect import connect

        version = None
        try:
            client = connect()
            version = resolve_production(client, MODEL_NAME, align=False).version
        except DatabaseError as error:
            log.warning("drift is looked at without Production's own statistics: %s", error)
        if version is not None and (self._known is None or self._known[0] != version):
            self._known = (version, _travelling(client, version))
        found = self._known[1] if version is not None and self._known else None
        if found is None and self.report.is_file():
            found = json.loads(self.report.read_text(encoding="utf-8"))
        return found


def _travelling(client: Any, version: str) -> dict[str, Any] | None:
    import tempfile

    from bentos.contract.registry import MODEL_NAME, download

    with tempfile.TemporaryDirectory() as scratch:
        folder = download(client, MODEL_NAME, version, Path(scratch) / "version")
        path = next(folder.rglob("landmark_statistics.json"), None)
        return json.loads(path.read_text(encoding="utf-8")) if path else None
