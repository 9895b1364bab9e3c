"""Few-shot benchmark: how often signs are right that a person taught by a few takes, and what that costs the others.

python -m tests.benchmarks.own_signs MODEL CLIPS.npz --draws 50
MODEL is the folder of a version that gives an embedding and learnt only some of the file's glosses (`merge.py --glosses
2000` makes such a file for a model of the first 1,000). Each draw takes 20 of the other glosses that have at least five
clips as own signs, beside the first 300 glosses: some clips are takes, the rest are asked. Known signs are the val
clips of the 300; unknown ones are clips of glosses that are neither known nor taught. Candidates, scores and the least
score of a word are those that the service gives. Prints a Markdown table with the draws' standard errors, what a
hundred own signs cost, and the offset (stages/exporting/own_signs.py) with which known signs lose 0.9 points.
"""

import argparse
import sys
import timeit
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from tqdm import tqdm

from bentos.model import candidates
from bentos.model.own_signs import MOST_SIGNS, MOST_TAKES, OwnSigns, Space
from bentos.model.recogniser import Loaded, Recogniser
from bentos.model.versions import FolderSource
from stages.corpus.imported import ImportedLandmarks
from stages.exporting.figures import moving_hands
from stages.exporting.warping import distance

VOCABULARY, OWN, FEWEST, TAKES = 300, 20, 5, (1, 2, 3, 5)
DTW_DRAWS = 5  # each takes a minute
FIT_DRAWS = range(1000, 1010)
UNKNOWN = 400  # clips
LOST = 0.009  # of known signs
AMONG = np.arange(VOCABULARY)
Seen = tuple[np.ndarray, np.ndarray]  # probabilities and embedding
Best = tuple[str, float]  # the likeliest candidate and its score


@dataclass(frozen=True)
class Clip:
    """A clip and what the model says of it."""

    gloss: str
    hands: np.ndarray | None  # as `moving_hands` gives them
    seen: Seen
    alone: Best  # without own signs


class Clips:
    """The clips that are asked: known ones of val, and all of glosses that the model has not learnt.

    Args:
        loaded: the version.
        path: of the landmarks.
    """

    def __init__(self, loaded: Loaded, path: Path):
        file = ImportedLandmarks(path)
        known = set(loaded.labels[:VOCABULARY])
        self.known, self.unseen = [], {}
        for told in tqdm(file.clips, path.name, unit="clip", disable=None):
            if told.gloss in loaded.known and not (told.gloss in known and told.split == "val"):
                continue
            landmarks = file.read(told.video_id).astype(np.float32)
            hands = None if told.gloss in known else moving_hands(landmarks, told.fps, told.aspect)
            seen = loaded.embed(landmarks, told.fps, told.aspect)
            clip = Clip(told.gloss, hands, seen, best(loaded, seen))
            (self.known if told.gloss in known else self.unseen.setdefault(told.gloss, [])).append(clip)
        file.close()
        if not self.unseen:
            raise SystemExit("the model has learnt all glosses of the file: there is none to teach it")

    @cached_property
    def teachable(self) -> list[str]:
        """Glosses with enough clips."""
        return [gloss for gloss, clips in self.unseen.items() if len(clips) >= FEWEST]


@dataclass(frozen=True)
class Draw:
    """Twenty own signs: their takes, the clips that ask for them, and some of signs that nobody taught."""

    takes: dict[str, list[Clip]]
    queries: list[Clip]
    others: list[Clip]

    @classmethod
    def of(cls, clips: Clips, takes: int, seed: int) -> "Draw":
        """The draw of that seed; glosses stay the same, however many takes there are."""
        rng = np.random.default_rng(seed)
        chosen = [str(gloss) for gloss in rng.choice(clips.teachable, OWN, replace=False)]
        mixed = {gloss: [clips.unseen[gloss][i] for i in rng.permutation(len(clips.unseen[gloss]))] for gloss in chosen}
        rest = [clip for gloss, some in clips.unseen.items() if gloss not in mixed for clip in some]
        others = [rest[i] for i in rng.permutation(len(rest))[:UNKNOWN]]
        queries = [clip for some in mixed.values() for clip in some[takes:]]
        return cls({gloss: some[:takes] for gloss, some in mixed.items()}, queries, others)

    def own(self, space: Space) -> OwnSigns:
        """The own signs that these takes make."""
        return OwnSigns(space, {gloss: np.stack([take.seen[1] for take in some]) for gloss, some in self.takes.items()})


def best(loaded: Loaded, seen: Seen, own: OwnSigns | None = None) -> Best:
    """The likeliest of the vocabulary and of own signs, and its score, as the service gives them."""
    first = candidates.mixed(loaded, seen, 1, AMONG, own)[0]
    return first["gloss"], first["score"]


def measure(clips: Clips, loaded: Loaded, space: Space, takes: int, draws: int) -> dict[str, tuple[float, float]]:
    """Percent, mean of the draws and its standard error."""
    rows = []
    for seed in tqdm(range(draws), f"{takes} takes", unit="draw", disable=None):
        draw = Draw.of(clips, takes, seed)
        own = draw.own(space)
        said = [(clip.gloss, *best(loaded, clip.seen, own)) for clip in draw.queries]
        known = [(clip.gloss == clip.alone[0], clip.gloss == best(loaded, clip.seen, own)[0]) for clip in clips.known]
        words = np.array([(clip.alone[1], best(loaded, clip.seen, own)[1]) for clip in draw.others]) >= loaded.threshold
        row = {"own": np.mean([gloss == right for right, gloss, _ in said])}
        row["own, sure"] = np.mean([gloss == right and score >= loaded.threshold for right, gloss, score in said])
        row["own alone"] = np.mean([own.names[own.logits(c.seen[1]).argmax()] == c.gloss for c in draw.queries])
        for name, shares in (("known", np.mean(known, axis=0)), ("unknown with a word", words.mean(axis=0))):
            row |= {f"{name}, before": shares[0], f"{name}, after": shares[1], f"{name}, change": shares[1] - shares[0]}
        rows.append(row)
    columns = {name: 100 * np.array([row[name] for row in rows]) for name in rows[0]}
    return {name: (float(all_.mean()), float(all_.std(ddof=1) / len(all_) ** 0.5)) for name, all_ in columns.items()}


def warped(clips: Clips, takes: int) -> float:
    """Percent of own signs that the nearest take by dynamic time warping names, among own signs alone."""
    right = []
    for seed in tqdm(range(DTW_DRAWS), f"{takes} takes, DTW", unit="draw", disable=None):
        draw = Draw.of(clips, takes, seed)
        there = [(gloss, take.hands) for gloss, some in draw.takes.items() for take in some if take.hands is not None]
        for clip in draw.queries:
            hands = clip.hands
            right.append(hands is not None and min(there, key=lambda t: distance(hands, t[1]))[0] == clip.gloss)
    return 100 * float(np.mean(right))


def fit(clips: Clips, labels: list[str], space: Space) -> float:
    """The offset with which so many of the known signs are lost, of other draws than those that are measured."""
    margins = []
    for seed in FIT_DRAWS:
        own = Draw.of(clips, 3, seed).own(space)
        for clip in clips.known:
            place = int(clip.seen[0][:VOCABULARY].argmax())
            right = labels[place] == clip.gloss
            margins.append(np.log(clip.seen[0][place]) - own.logits(clip.seen[1]).max() if right else np.inf)
    return space.offset + float(np.sort(margins)[int(LOST * len(margins))])


def milliseconds(space: Space) -> float:
    """What a hundred own signs of five takes cost each clip."""
    signs = np.random.default_rng(0).normal(size=(MOST_SIGNS, MOST_TAKES, space.size)).astype(np.float32)
    signs /= np.linalg.norm(signs, axis=-1, keepdims=True)
    own = OwnSigns(space, {str(i): takes for i, takes in enumerate(signs)})
    probabilities = np.full(len(space.glosses), 1 / len(space.glosses), np.float32)
    return 1e3 * min(timeit.repeat(lambda: own.mix(probabilities, signs[0, 0]), number=1, repeat=200))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("clips", type=Path)
    parser.add_argument("--draws", type=int, default=50)
    told = parser.parse_args()
    recogniser = Recogniser(FolderSource(told.model))
    if not recogniser.refresh() or (space := recogniser.loaded.space) is None:
        raise SystemExit(f"{told.model}: {recogniser.reason or 'it takes no own signs'}")
    labels = recogniser.loaded.labels
    clips = Clips(recogniser.loaded, told.clips)
    out = sys.stdout.write
    out(f"{len(clips.teachable)} glosses to teach, {len(clips.known)} clips of known ones, {told.draws} draws\n")
    out(f"100 own signs cost {milliseconds(space):.2f} ms a clip\n")
    out(f"offset {space.offset:g}, fitted {fit(clips, labels, space):.2f}, at slope {space.slope:g}\n\n")
    for takes in TAKES:
        found = measure(clips, recogniser.loaded, space, takes, told.draws)
        if takes == TAKES[0]:
            out(f"| takes | {' | '.join(found)} |\n|{'---|' * (len(found) + 1)}\n")
        cells = " | ".join(f"{mean:.1f} ± {error:.1f}" for mean, error in found.values())
        out(f"| {takes} | {cells} |\n")
        sys.stdout.flush()
    out("\n")
    for takes in TAKES:
        out(f"DTW, own alone, {takes} takes, {DTW_DRAWS} draws: {warped(clips, takes):.1f}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
