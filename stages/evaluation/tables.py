"""What a model gets right and wrong, as tables."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from stages.evaluation.calibration import expected_calibration_error
from stages.evaluation.intervals import bootstrap_mean, wilson

TOP = 5
SIZES = (100, 300, 1000)  # glosses that a vocabulary is cut to, where the model knows more


def ranks(probabilities: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(n,) place of the truth among the guesses, 0 = first; a tie counts against the model only when ranked above."""
    truth = probabilities[np.arange(len(labels)), labels]
    return (probabilities > truth[:, None]).sum(axis=1)


def summary(probabilities: np.ndarray, labels: np.ndarray) -> dict:
    """Loss, top-1 and top-5 with their 95 % intervals.

    Args:
        probabilities: (n, labels), as served.
        labels: (n,) int.

    Returns:
        {"loss", "accuracy", "top5_accuracy", "n", "accuracy_ci", "top5_accuracy_ci", "loss_ci"}; the intervals of
        proportions are Wilson's, that of the loss a bootstrap over clips. Without clips, n is 0 and values are None.
    """
    n = len(labels)
    if not n:
        return {"loss": None, "accuracy": None, "top5_accuracy": None, "n": 0}
    rank = ranks(probabilities, labels)
    loss = -np.log(np.maximum(probabilities[np.arange(n), labels], 1e-12))
    return {
        "loss": float(loss.mean()),
        "accuracy": float((rank == 0).mean()),
        "top5_accuracy": float((rank < TOP).mean()),
        "n": n,
        "accuracy_ci": wilson((rank == 0).sum(), n),
        "top5_accuracy_ci": wilson((rank < TOP).sum(), n),
        "loss_ci": bootstrap_mean(loss),
    }


def by_vocabulary(probabilities: Mapping[str, np.ndarray], labels: Mapping[str, np.ndarray]) -> list[dict]:
    """How often the model is right when it chooses within its first glosses only, on clips of those.

    Args:
        probabilities: (n, labels) by part.
        labels: (n,) int by part.

    Returns:
        One record for each size of `SIZES` below the number of labels, and for all of them, and each part that has
        clips of at least half of these glosses (the others say nothing of such a vocabulary):
        {"vocabulary", "part", "n", "calibration_error", "top1", "top1_ci", "top5", "top5_ci"}, smallest
        first; the intervals are Wilson's of 95 %.
    """
    known = next(iter(probabilities.values())).shape[1]
    rows = []
    for size in [*(size for size in SIZES if size < known), known]:
        for part, p in probabilities.items():
            among = labels[part] < size
            if 2 * len(np.unique(labels[part][among])) < size:
                continue
            rank = ranks(p[among, :size], labels[part][among])
            error = expected_calibration_error(p[among, :size], labels[part][among])
            row = {"vocabulary": size, "part": part, "n": len(rank), "calibration_error": error}
            for name, right in (("top1", rank == 0), ("top5", rank < TOP)):
                row |= {name: float(right.mean()), f"{name}_ci": wilson(right.sum(), len(rank))}
            rows.append(row)
    return rows


def per_gloss(truth: np.ndarray, guess: np.ndarray, glosses: Sequence[str]) -> pd.DataFrame:
    """Precision, recall, F1 and support of every gloss, then their averages."""
    from sklearn.metrics import classification_report

    report = classification_report(
        truth, guess, labels=np.arange(len(glosses)), target_names=list(glosses), output_dict=True, zero_division=0
    )
    report.pop("accuracy", None)
    rows = pd.DataFrame(report).T.rename_axis("gloss").reset_index()
    return rows.astype({"support": int}).round({"precision": 4, "recall": 4, "f1-score": 4})


def confusions(truth: np.ndarray, guess: np.ndarray, glosses: Sequence[str]) -> pd.DataFrame:
    """What was taken for what, right guesses too: signed, guessed, times, of (clips of that gloss), share.

    Only pairs that there were: of thousands of glosses nearly none is ever taken for a given other.
    """
    pairs = pd.DataFrame({"signed": truth, "guessed": guess}).value_counts().rename("times").reset_index()
    pairs["of"] = np.bincount(truth, minlength=len(glosses))[pairs["signed"].to_numpy(int)]
    pairs["share"] = (pairs["times"] / pairs["of"]).round(4)
    pairs = pairs.sort_values(["times", "share", "signed", "guessed"], ascending=[False, False, True, True])
    names = np.asarray(glosses, dtype=object)
    return pairs.assign(**{side: names[pairs[side].to_numpy(int)] for side in ("signed", "guessed")})


def worst_confusions(pairs: pd.DataFrame, most: int = 30) -> pd.DataFrame:
    """The pairs of `confusions` that are mixed up most, worst first."""
    return pairs[pairs["signed"] != pairs["guessed"]].head(most)


def confusable(
    probabilities: np.ndarray, labels: np.ndarray, glosses: Sequence[str], least: float = 0.25
) -> pd.DataFrame:
    """Groups of glosses that the model can hardly tell apart.

    Two glosses belong together where the model, shown one, gives the other a quarter of its trust on average, taken
    over both directions; groups are the connected components.

    Args:
        probabilities: (n, labels).
        labels: (n,) int.
        glosses: names of the labels.
        least: share of the trust, 0-1.

    Returns:
        Columns "glosses" (joined by commas), "size", "clips", "accuracy" and "accuracy_as_one" (the group counted as
        one gloss), those that lose most clips first.
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    count, known = len(glosses), np.bincount(labels, minlength=len(glosses))
    trust = np.zeros((count, count), np.float32)
    np.add.at(trust, labels, probabilities)
    trust /= np.maximum(known, 1)[:, None]
    directions = np.minimum(known, 1)[:, None] + np.minimum(known, 1)[None]
    together = np.triu((trust + trust.T) / np.maximum(directions, 1), 1) >= least
    _, group = connected_components(coo_matrix(together), directed=False)
    guess = probabilities.argmax(axis=1)
    rows = []
    for number in np.flatnonzero(np.bincount(group) > 1):
        of = group[labels] == number
        names = ", ".join(np.asarray(glosses)[group == number])
        right, near = (guess[of] == labels[of]).mean(), (group[guess[of]] == number).mean()
        row = {"glosses": names, "size": int((group == number).sum()), "clips": int(of.sum())}
        rows.append(row | {"accuracy": right, "accuracy_as_one": near})
    table = pd.DataFrame(rows, columns=["glosses", "size", "clips", "accuracy", "accuracy_as_one"])
    lost = (table["accuracy_as_one"] - table["accuracy"]) * table["clips"]
    return table.loc[lost.sort_values(ascending=False).index].round(4)


def slices(predictions: pd.DataFrame, columns: Sequence[str] = ("signer", "source")) -> pd.DataFrame:
    """Accuracy with its interval for each value of each column, worst first.

    Args:
        predictions: one row a clip with "split", "right" (bool), "top5" (bool) and `columns`.
        columns: what to slice by.
    """
    rows = []
    for column in columns:
        for (split, value), part in predictions.groupby(["split", column], sort=True):
            low, high = wilson(part["right"].sum(), len(part))
            row = {"slice": column, "value": value, "split": split, "n": len(part)}
            row |= {"accuracy": part["right"].mean(), "low": low, "high": high, "top5_accuracy": part["top5"].mean()}
            rows.append(row)
    table = pd.DataFrame(rows, columns=["slice", "value", "split", "n", "accuracy", "low", "high", "top5_accuracy"])
    return table.sort_values(["split", "slice", "accuracy", "n"], ascending=[True, True, True, False]).round(4)
