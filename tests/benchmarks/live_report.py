"""How well live sessions read streams like life; writes the tables of reports/live.md.

python -m tests.benchmarks.live_report CLIPS.npz SENTENCES [--model FOLDER] [--streams 40] [--bodies 16]
CLIPS.npz: imported landmarks, of which every second val clip is played (the others chose the decoder's weights), six in
a row, one in four of a gloss outside the vocabulary. SENTENCES: a folder with continuous.npz and continuous.json.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import chi2
from tqdm import tqdm

from stages.evaluation.intervals import wilson
from stages.nonsigning import bodies as movements
from stages.nonsigning.kinds import HELD_OUT
from stages.nonsigning.kinds import KINDS as MOVEMENTS
from tests.benchmarks.heldout import Clip, bodies, val_clips
from tests.benchmarks.life import KINDS, mixed, sentences, stream_of
from tests.benchmarks.live_quality import OUTSIDE, Counts, Player, edits, judge
from tests.bentos.serving import ROOT

REPORT = ROOT / "reports" / "live.md"
RATES, RESTS = (10, 15, 25, 60), (1.2, 0.6, 0.3, 0.0)
WHERE = {"out": "", "lap": ", hands in the lap", "held": ", hands held"}  # of KINDS
RESAMPLES = 1000


def bootstrap(rows: Sequence[Counts], measure: Callable[[Sequence[Counts]], float]) -> str:
    """A measure with its 95 % interval, by drawing streams anew (percentile bootstrap)."""
    rng = np.random.default_rng(0)
    drawn = [measure([rows[i] for i in rng.integers(len(rows), size=len(rows))]) for _ in range(RESAMPLES)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{measure(rows):.2f} ({low:.2f}–{high:.2f})"


def total(rows: Sequence[Counts], name: str) -> float:
    """A number over all streams."""
    return sum(getattr(row, name) for row in rows)


def word_error_rate(rows: Sequence[Counts]) -> float:
    """Words to insert, delete or replace for each sign of the vocabulary."""
    return total(rows, "wrong") / max(total(rows, "wanted"), 1)


def boundary_f1(rows: Sequence[Counts]) -> float:
    """Harmonic mean of how many signs were found and how many segments are signs."""
    return 2 * total(rows, "matched") / max(total(rows, "segments") + total(rows, "signs"), 1)


def streams(player: Player, clips: list[Clip], count: int) -> Iterator[str]:
    """The table of rests and frame rates."""
    rows = mixed(clips, list(player.vocabulary), player.labels[len(player.vocabulary) : OUTSIDE], count)
    yield f"{count} streams, {sum(map(len, rows))} signs each row, {len(player.vocabulary)} glosses to choose from.\n"
    heads = ("rests", "frames/s", "word error rate", "to rests of 1.2 s", "boundary F1", "signs outside with a word")
    heads += ("sign's end → word, p50 / p95", "first candidate changes a second", "revisions", "share of a core")
    yield from (f"| {' | '.join(heads)} |", "|---" * len(heads) + "|")
    slow: dict[int, float] = {}
    sorts = [(rest, fps, "out") for rest in RESTS for fps in RATES] + [(RESTS[0], 25, kind) for kind in KINDS[1:]]
    for rest, fps, kind in tqdm(sorts, "streams", unit="row", disable=None):
        found = [judge(player, stream_of(row, fps, rest, kind, seed)) for seed, row in enumerate(rows)]
        slow.setdefault(fps, word_error_rate(found))
        worded, outside = int(total(found, "worded")), int(total(found, "outside"))
        low, high = wilson(worded, outside)
        waits = np.concatenate([row.waits for row in found]) if any(row.waits for row in found) else [np.nan]
        seconds = total(found, "seconds")
        cells = (
            f"{rest:g} s{WHERE[kind]}",
            f"{fps}",
            bootstrap(found, word_error_rate),
            f"{word_error_rate(found) / slow[fps]:.2f}",
            bootstrap(found, boundary_f1),
            f"{100 * worded / outside:.0f} % ({100 * low:.0f}–{100 * high:.0f}, n = {outside})",
            f"{np.percentile(waits, 50):.2f} / {np.percentile(waits, 95):.2f} s",
            f"{total(found, 'flickers') / seconds:.2f}",
            f"{total(found, 'revisions'):.0f}",
            f"{total(found, 'cpu') / seconds:.3f}",
        )
        yield f"| {' | '.join(cells)} |"


def false_words(player: Player, clips: list[Clip], count: int) -> Iterator[str]:
    """The table of what people do who do not sign: each does it for a minute."""
    people, counted = bodies(clips, count), []
    if not people:
        raise SystemExit("no val clip of the file shows shoulders, so nobody can be filmed doing something else")
    yield from ("| | false words a minute (95 %) |", "|---|---|")
    for kind in tqdm(MOVEMENTS, "kinds", unit="kind", disable=None):
        words = 0
        for seed, body in enumerate(people):
            landmarks, fps = np.asarray(body.landmarks, np.float32), RATES[seed % len(RATES)]
            frames = list(
                movements.stream(kind, landmarks, body.aspect, fps, 60, seed, lively=seed // len(RATES) % 2 > 0)
            )
            words += len(player.play(frames, body.aspect).words)
        counted.append(words)
        yield f"| {kind}{', held out' if kind in HELD_OUT else ''} | {a_minute(words, len(people))} |"
    yield f"| all, {len(counted) * len(people)} minutes | {a_minute(sum(counted), len(counted) * len(people))} |"


def a_minute(words: int, minutes: int) -> str:
    """A rate with its exact interval (Garwood, 1936)."""
    low, high = (chi2.ppf(0.025, 2 * words) / 2 if words else 0.0), chi2.ppf(0.975, 2 * words + 2) / 2
    return f"{words / minutes:.2f} ({low / minutes:.2f}–{high / minutes:.2f})"


def real(player: Player, folder: Path) -> Iterator[str]:
    """The table of real sentences."""
    near = wrong = signs = 0
    yield from ("| signed | signs found | words |", "|---|---|---|")
    for stream in (told := sentences(folder)):
        played = player.play(stream.frames, stream.aspect)
        truth = [sign.gloss for sign in stream.truth]
        near += abs(len(played.shown) - len(truth)) <= 1
        wrong, signs = wrong + edits(truth, played.words), signs + len(truth)
        yield f"| {' '.join(truth)} | {len(played.shown)} of {len(truth)} | {' '.join(played.words) or 'none'} |"
    yield f"\n{near} of {len(told)} have the right number of signs within one; word error rate {wrong / signs:.2f}."


def put(name: str, lines: Iterator[str]) -> None:
    """Put a table between the report's marks of that name."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    text = "\n".join(lines) + "\n"
    sys.stdout.write(f"{text}\n")
    before, _, rest = REPORT.read_text(encoding="utf-8").partition(begin)
    REPORT.write_text(before + begin + text + end + rest.partition(end)[2], encoding="utf-8")


def main() -> None:
    """Measure everything."""
    logging.disable(logging.WARNING)
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("sentences", type=Path)
    parser.add_argument("--model", type=Path, default=ROOT / "data" / "base")
    parser.add_argument("--streams", type=int, default=120, help="of six signs, each row of the table")
    parser.add_argument("--bodies", type=int, default=16, help="people who do not sign, a minute each of each kind")
    told = parser.parse_args()
    player, clips = Player(told.model), val_clips(told.clips)[1::2]
    put("sentences", real(player, told.sentences))
    put("false words", false_words(player, clips, told.bodies))
    put("streams", streams(player, clips, told.streams))


if __name__ == "__main__":
    main()
