"""Fit how a version tells signing from what else hands do: see `bentos/contract/signing.py`.

Other movements are scripted over people of the train clips. Their fingers keep one shape in half of them and move as in
a clip in the other half: else a gate would learn how stiff scripted fingers are.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from bentos.contract.signing import Signing
from bentos.contract.skeleton import HANDS
from stages.dataset.ragged import RaggedClips
from stages.nonsigning.bodies import stream
from stages.nonsigning.kinds import HELD_OUT, KINDS
from stages.serving_model.pose2gloss import resample

RATES = (10, 15, 25, 60)  # frames a second of cameras
PEOPLE, SECONDS = 32, 24  # that do each kind of movement, so long
WINDOWS = (1.0, 4.0)  # seconds, as long as what a session takes for a sign
LOST = 0.01  # of the signs that are recognised rightly may lose score
ENOUGH = 50  # val clips that are recognised rightly; fewer tell nothing
FOLDS = 5
Embed = Callable[[RaggedClips], np.ndarray]


def fit_signing(
    embed: Embed, frame_rate: float, train: RaggedClips, val: RaggedClips, right: np.ndarray
) -> Signing | None:
    """Fit on val clips, against movements of all kinds but HELD_OUT.

    Args:
        embed: gives clips' embeddings, (n, E) of unit length.
        frame_rate: frames a second that the network sees.
        train: its clips lend their bodies.
        val: clips that the network was not trained on.
        right: (val clips,) bool, which of them it recognises rightly.

    Returns:
        None where there are too few clips.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    if right.sum() < ENOUGH:
        return None
    kinds = [kind for kind in KINDS if kind not in HELD_OUT], HELD_OUT
    others = [movements(train, some, frame_rate) for some in kinds]
    if min(map(len, others)) < ENOUGH:
        return None
    signs, learnt, new = map(embed, (val, *others))
    told, signed = np.concatenate([signs, learnt]), np.arange(len(signs) + len(learnt)) < len(signs)
    model = LogisticRegression(class_weight="balanced", max_iter=1000)
    unseen = cross_val_predict(model, told, signed, cv=FOLDS, method="decision_function")[: len(signs)][right]
    limit = float(np.quantile(unseen, LOST))
    model.fit(told, signed)
    return Signing(
        weights=tuple(model.coef_[0].round(4).tolist()),
        bias=float(model.intercept_[0] - limit),
        kept=float((unseen >= limit).mean()),
        passed=float((model.decision_function(new) >= limit).mean()),
    )


def movements(clips: RaggedClips, kinds: Sequence[str], frame_rate: float) -> RaggedClips:
    """Stretches of movements in which a hand is seen, with bodies of clips; the same every time."""
    found = list(_movements(clips, kinds, frame_rate))
    if not found:
        return clips.subset(np.empty(0, np.int64))
    lengths = np.array([len(frames) for frames, _ in found])
    known = pd.DataFrame({"aspect": [aspect for _, aspect in found]})
    starts = np.cumsum(lengths) - lengths
    return RaggedClips(np.concatenate([f for f, _ in found]), starts, lengths, np.zeros(len(found), np.int32), known)


def _movements(clips: RaggedClips, kinds: Sequence[str], frame_rate: float) -> Iterator[tuple[np.ndarray, float]]:
    rng = np.random.default_rng(0)
    people = rng.choice(len(clips), min(PEOPLE, len(clips)), replace=False)
    for kind in kinds:
        for seed, person in enumerate(people):
            aspect, fps = float(clips.aspects[person]), RATES[seed % len(RATES)]
            body, lively = np.asarray(clips[person], np.float32), seed // len(RATES) % 2 > 0
            frames = np.stack([f for _, f in stream(kind, body, aspect, fps, SECONDS, seed, lively)])
            frames = resample(frames, fps, frame_rate)
            at = 0
            while at < len(frames):
                part = frames[at : at + int(rng.uniform(*WINDOWS) * frame_rate)]
                at += len(part)
                if (~np.isnan(part[:, HANDS, 0])).any(axis=1).mean() >= 0.5:
                    yield part, aspect
