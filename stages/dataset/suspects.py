"""Clips whose gloss is probably not what they show, by confident learning."""

import numpy as np
import pandas as pd

COLUMNS = ("video_id", "gloss", "split", "looks_like", "likelihood", "quality", "advice")
FEWEST = 2  # clips of a gloss: one alone has nothing to be compared with
SHARPEST = 60.0  # scale of cosines; at it the likeliest gloss has all the probability
FITTED = 2_000  # clips that the scale is fitted on
ADVICE = {
    True: "Look at the clip. Leave it out, or correct its gloss, if it shows another sign.",
    False: "Look at the clip. If it shows another sign, whoever recognises it is counted as wrong.",
}


def judged(clips: pd.DataFrame) -> np.ndarray:
    """Which clips can be judged, (clips,) bool: those of glosses with others of their kind."""
    return clips["gloss"].map(clips["gloss"].value_counts()).ge(FEWEST).to_numpy(bool)


def suspects(clips: pd.DataFrame, embeddings: np.ndarray) -> pd.DataFrame:
    """Clips of which their own gloss is less likely than by chance while another one is likely.

    Confident learning (Northcutt et al., "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 2021) as
    CleanLab has it, on `probabilities`. It finds a clip that shows another sign of the vocabulary; words of one sign,
    which look alike clip by clip, stay below the bar as long as the clips of each agree.

    Args:
        clips: video_id, gloss and split, one row a clip.
        embeddings: (clips, E) of unit length.

    Returns:
        COLUMNS, the worst first: `looks_like` is the likeliest other gloss and `likelihood` its probability, `quality`
        the probability of the clip's own gloss. Empty where fewer than two glosses can be judged.
    """
    can = judged(clips)
    clips, embeddings = clips[can].reset_index(drop=True), embeddings[can]
    labels, glosses = pd.factorize(clips["gloss"])
    if len(glosses) < 2:
        return pd.DataFrame(columns=list(COLUMNS))
    from cleanlab.filter import find_label_issues
    from cleanlab.rank import get_label_quality_scores

    likely = probabilities(labels, embeddings)
    quality = get_label_quality_scores(labels, likely, method="self_confidence")
    issues = find_label_issues(labels, likely, filter_by="confident_learning", n_jobs=1)
    np.put_along_axis(likely, labels[:, None], 0, axis=1)
    other = likely.argmax(axis=1)
    clips = clips.assign(looks_like=np.asarray(glosses)[other], likelihood=likely.max(axis=1), quality=quality)
    clips["advice"] = clips["split"].eq("train").map(ADVICE)
    found = clips[issues & (quality < 1 / len(glosses))]
    return found.sort_values(["quality", "video_id"], ignore_index=True)[list(COLUMNS)]


def probabilities(labels: np.ndarray, embeddings: np.ndarray) -> np.ndarray:
    """How likely each gloss is for each clip by the other clips: leave-one-out cross-validation.

    A clip is compared by cosine with the mean of each gloss's clips, of its own gloss without itself; the cosines'
    scale is the one under which the clips' glosses are likeliest.

    Args:
        labels: (clips,) int, from 0; every gloss has at least `FEWEST` clips.
        embeddings: (clips, E) of unit length.

    Returns:
        (clips, glosses) float32; the rows add up to 1.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax, softmax

    rows = np.arange(len(labels))
    sums = np.zeros((labels.max() + 1, embeddings.shape[1]), np.float32)
    np.add.at(sums, labels, embeddings)
    cosines = embeddings @ _unit(sums).T
    cosines[rows, labels] = (embeddings * _unit(sums[labels] - embeddings)).sum(axis=1)
    some = rows[:: -(-len(rows) // FITTED)]

    def unlikely(scale: float) -> float:
        return -float(log_softmax(scale * cosines[some], axis=1)[np.arange(len(some)), labels[some]].mean())

    scale = minimize_scalar(unlikely, bounds=(1.0, SHARPEST), method="bounded", options={"xatol": 0.1}).x
    return softmax(scale * cosines, axis=1)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
