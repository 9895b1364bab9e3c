"""Fits the network that tells how likely a moment lies between two signs; writes bentos/live/tagger.npz.

nice python -m tests.benchmarks.boundaries CLIPS.npz [--streams 4000]
CLIPS.npz: imported landmarks; its train clips are joined as in life, and the ways between them vary: straight or with
minimum jerk (Flash and Hogan, 1985), 0.1 to 0.35 s, bowed, the handshape before or behind the wrist. Every other stream
has signs whose beginnings and ends are cut away, as neighbours do in real signing; some signs are drawn instead. Prints
how well streams that were not learnt from are tagged.
"""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler
from tqdm import tqdm

from bentos.contract.skeleton import HANDS
from bentos.live.motion import Motion
from bentos.live.tagger import WEIGHTS, Surroundings
from tests.benchmarks.heldout import Clip, clips_of
from tests.benchmarks.life import KINDS, Stream, resting, signing
from tests.bentos.live.streams import Truth

RATE, RATES, RESTS = 50.0, (10, 15, 20, 25, 30, 60), (0.0, 0.0, 0.0, 0.0, 0.3, 0.6, 1.2)  # frames a second, seconds
SIGNS = 6  # a stream
MOST_CUT = 0.3  # of a sign's length at each end
EDGE = 0.04  # seconds by which a sign's first and last frame are still between signs
EXAMPLES = 12  # a second of a stream
HIDDEN = 64
DRAWN = 0.15  # of the signs are no clips but movements that are drawn
AROUND = 0.5  # seconds before the first sign and after the last that are learnt from


def way(before: np.ndarray, after: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """So many frames from one sign's last, (180, 3), to another's first, never twice the same."""
    t = (np.arange(count, dtype=np.float32) + 1) / (count + 1)
    smooth = 10 * t**3 - 15 * t**4 + 6 * t**5
    wrist = t + np.float32(rng.random()) * (smooth - t)
    bump = np.sin(np.pi * t).astype(np.float32)
    finger = np.clip(wrist + np.float32(rng.uniform(-0.15, 0.15)) * bump, 0, 1)
    frames, fingers = _blended(before, after, wrist), _blended(before, after, finger)
    for hand in (slice(0, 21), slice(21, 42)):
        bow = np.append(rng.normal(0, 0.03, 2), 0).astype(np.float32)
        frames[:, hand] = frames[:, hand][:, :1] + fingers[:, hand] - fingers[:, hand][:, :1]
        frames[:, hand] += bump[:, None, None] * bow
    frames[:, HANDS] += rng.normal(0, 0.0015, (count, 42, 3))
    return frames


def _blended(before: np.ndarray, after: np.ndarray, share: np.ndarray) -> np.ndarray:
    weight = share[:, None, None]
    between = before * (1 - weight) + after * weight
    return np.where(np.isnan(between), np.where(weight < 0.5, before, after), between)


def _cut(frames: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    first, last = (int(len(frames) * rng.uniform(0, MOST_CUT)) for _ in range(2))
    left = frames[first : len(frames) - last]
    seen = np.flatnonzero(~np.isnan(left[:, HANDS, 0]).all(axis=1))
    return left[seen[0] : seen[-1] + 1] if len(seen) else frames


def drawn(clip: Clip, rng: np.random.Generator) -> Clip:
    """Hands as in the middle of a clip that swing and circle, as in signs that people make up."""
    frames = signing(clip)
    seen = np.flatnonzero(~np.isnan(frames[:, HANDS, 0]).all(axis=1))
    count = round(clip.fps * rng.uniform(0.6, 2.0))
    phase = np.linspace(0, 2 * np.pi * rng.uniform(0.5, 3), count) + rng.uniform(0, 2 * np.pi)
    path = np.stack([np.cos(phase), np.sin(phase + rng.uniform(0, np.pi))], axis=-1) * rng.uniform(0.02, 0.12, 2)
    moving = np.repeat(frames[seen[len(seen) // 2]][None], count, axis=0)
    moving[:, HANDS, :2] += path[:, None].astype(np.float32)
    return Clip(clip.gloss, moving, clip.fps, clip.aspect)


def varied(clips: list[Clip], rng: np.random.Generator) -> Stream:
    """Clips in a row: tempo, frame rate, rests and the ways between signs are drawn; half are cut short."""
    fps, rest, kind = float(rng.choice(RATES)), float(rng.choice(RESTS)), str(rng.choice(KINDS))
    short = rng.random() < 0.5
    signs = [_cut(signing(clip), rng) if short else signing(clip) for clip in clips]
    parts, truth = [resting(signs[0][0], signs[0][0], round(RATE * 1.2), "out", rng)], []
    for i, (clip, frames) in enumerate(zip(clips, signs, strict=True)):
        if i and rest:
            parts.append(resting(signs[i - 1][-1], frames[0], round(RATE * rest * rng.uniform(0.7, 1.4)), kind, rng))
        elif i:
            parts.append(way(signs[i - 1][-1], frames[0], round(RATE * rng.uniform(0.1, 0.35)), rng))
        start, step = sum(map(len, parts)) / RATE, clip.fps * rng.uniform(0.85, 1.3) / RATE
        parts.append(frames[np.arange(0, len(frames), step).astype(int)])
        truth.append(Truth(clip.gloss, start, start + len(parts[-1]) / RATE))
    parts.append(resting(signs[-1][-1], signs[-1][-1], round(RATE * 1.2), "out", rng))
    joined = np.concatenate(parts)
    picked = (np.arange(int(len(joined) / RATE * fps)) / fps * RATE).astype(int)
    return Stream([(i / fps, joined[at]) for i, at in enumerate(picked)], clips[0].aspect, truth)


def examples(stream: Stream, rng: np.random.Generator) -> Iterator[tuple[np.ndarray, bool]]:
    """What hands do around moments of a stream, and whether they lie between signs."""
    motion, surroundings = Motion(stream.aspect), Surroundings()
    share = EXAMPLES * stream.frames[-1][0] / len(stream.frames)
    first, last = stream.truth[0].start - AROUND, stream.truth[-1].end + AROUND
    for now, landmarks in stream.frames:
        for time, numbers in surroundings.see(now, motion.measure(now, landmarks)):
            if first < time < last and rng.random() < share:
                yield numbers, not any(s.start + EDGE < time < s.end - EDGE for s in stream.truth)


def main() -> None:
    """Learn, report, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("--streams", type=int, default=4000, help="of which every tenth is not learnt from")
    told = parser.parse_args()
    rng, clips = np.random.default_rng(21), clips_of(told.clips, "train")
    rows, between, held = [], [], []
    for i in tqdm(range(told.streams), "streams", disable=None):
        chosen = [clips[k] for k in rng.choice(len(clips), SIGNS, replace=False)]
        stream = varied([drawn(clip, rng) if rng.random() < DRAWN else clip for clip in chosen], rng)
        for numbers, lies_between in examples(stream, rng):
            rows.append(numbers.astype(np.float32))
            between.append(lies_between)
            held.append(i % 10 == 0)
    x, y, out = np.array(rows), np.array(between), np.array(held)
    scale = StandardScaler().fit(x[~out])
    network = MLPClassifier((HIDDEN,), alpha=1e-3, batch_size=256, learning_rate_init=2e-3, max_iter=20, random_state=0)
    network.fit(scale.transform(x[~out]), y[~out])
    area = roc_auc_score(y[out], network.predict_proba(scale.transform(x[out]))[:, 1])
    hidden = network.coefs_[0] / scale.scale_[:, None]
    weights = {
        "hidden": hidden,
        "bias": network.intercepts_[0] - scale.mean_ @ hidden,
        "output": network.coefs_[1][:, 0],
        "last": network.intercepts_[1][0],
    }
    np.savez(WEIGHTS, **{name: np.asarray(value, np.float32) for name, value in weights.items()})
    sys.stdout.write(f"{(~out).sum()} moments; AUROC of between signs {area:.3f} on {out.sum()} of other streams\n")


if __name__ == "__main__":
    main()
