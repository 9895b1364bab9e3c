"""How far data has moved from the data that a model was trained on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bentos.contract.skeleton import SKELETON_VERSION
from bentos.contract.summary import MEASURED, SEEN
from stages.start import StageError

FEATURES = ("fps", *MEASURED)
BINS = 10
RESOLUTION = {"fps": 1.0, **dict.fromkeys(SEEN, 0.1)}  # finer differences, such as 29.97 from 30, are no drift


def statistics(clips: pd.DataFrame) -> dict[str, Any]:
    """Describe clips (one row of `summaries` each) so that later data can be compared without having them.

    Returns:
        `clips`, `skeleton_version`, `glosses` (gloss → clips) and `features`: for each its count, mean, std, min, max,
        the inner `edges` of ten bins of equal share and the `shares` between and on them; the last share is of clips
        without the value, so that what can no longer be measured counts as drift.
    """
    return {
        "clips": len(clips),
        "skeleton_version": SKELETON_VERSION,
        "glosses": {gloss: int(count) for gloss, count in clips["gloss"].value_counts(sort=False).items()},
        "features": {name: _feature(clips, name) for name in FEATURES},
    }


def _values(clips: pd.DataFrame, name: str) -> np.ndarray:
    """A feature's values, rounded to its resolution: (clips,)."""
    values = clips[name].to_numpy(dtype=float)
    return np.round(values / RESOLUTION[name]) * RESOLUTION[name] if name in RESOLUTION else values


def _feature(clips: pd.DataFrame, name: str) -> dict[str, Any]:
    values, known = _values(clips, name), _known(clips[name])
    edges = np.unique(np.quantile(_known(values), np.arange(1, BINS) / BINS)) if known.size else np.array([])
    described = {"count": int(known.size), "edges": edges.tolist(), "shares": _shares(values, edges).tolist()}
    for moment in ("mean", "std", "min", "max"):
        described[moment] = float(getattr(known, moment)()) if known.size else None
    return described


def _known(values: pd.Series | np.ndarray) -> np.ndarray:
    values = np.asarray(values, dtype=float)
    return values[np.isfinite(values)]


def _shares(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Share of values between the edges, on each edge, and of missing ones: (2 * edges + 2,).

    An edge is a bin of its own, so that a feature with few values, such as the frame rate, or a part that is always
    seen, shows a move to either side.
    """
    known = _known(values)
    place = np.searchsorted(edges, known, side="left") + np.searchsorted(edges, known, side="right")
    counts = np.bincount(place, minlength=2 * len(edges) + 1)
    return np.append(counts, len(values) - known.size) / max(len(values), 1)


def read_statistics(path: str | Path) -> dict[str, Any]:
    """Read what `statistics` gave, from a JSON file.

    Raises:
        StageError: there is no such file, or it is something else; the message says what to do.
    """
    advice = "set `validate.reference` to a landmark_statistics.json, or to nothing to compare with nothing"
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
        for name in ("clips", "glosses", "features"):
            _ = document[name]
    except FileNotFoundError:
        raise StageError(f"validate.reference: {path} not found; {advice}") from None
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise StageError(f"validate.reference: {path} holds no landmark statistics ({error!r}); {advice}") from None
    return document


def _smooth(shares: np.ndarray, clips: int) -> np.ndarray:
    """Shares with half a clip added to every bin (Jeffreys' prior), so that an empty bin has a finite logarithm."""
    return (shares * clips + 0.5) / (clips + 0.5 * len(shares))


def compare(reference: dict[str, Any], clips: pd.DataFrame, limit: float) -> pd.DataFrame:
    """Population stability index of every feature: sum of (now - then) * ln(now / then) over the bins.

    Two draws from one population differ too: their index times n*m/(n+m) follows chi-squared with one degree of freedom
    less than there are bins in use (Yurdakul and Naranjo, Statistical properties of the population stability index,
    2020). Only an index above both the limit and the 99.9 % quantile of that is drift, so few clips raise no false
    alarm.

    Args:
        reference: what `statistics` gave for the earlier data.
        clips: the data now, one row of `summaries` each.
        limit: index from which a shift matters.

    Returns:
        One row a feature, the furthest first: feature, before (mean), now (mean), psi, allowed, excess (psi - allowed;
        above 0 is drift).
    """
    from scipy.stats import chi2

    n, m = reference["clips"], len(clips)
    rows = []
    for name, then in reference["features"].items():
        if name not in clips or not n or not m:
            continue
        values = _values(clips, name)
        now = _shares(values, np.asarray(then["edges"]))
        before = np.asarray(then["shares"])
        used = (now > 0) | (before > 0)
        now, before = _smooth(now[used], m), _smooth(before[used], n)
        psi = float(((now - before) * np.log(now / before)).sum())
        chance = float(chi2.ppf(0.999, max(used.sum() - 1, 1))) * (1 / n + 1 / m)
        known = _known(clips[name])
        mean = float(known.mean()) if known.size else None
        allowed = max(limit, chance)
        rows.append((name, then["mean"], mean, psi, allowed, psi - allowed))
    table = pd.DataFrame(rows, columns=["feature", "before", "now", "psi", "allowed", "excess"])
    return table.sort_values("excess", ascending=False, kind="stable").reset_index(drop=True)
