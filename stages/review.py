"""Look at clips that people corrected at the service, and let them join what is learnt from.

python -m stages.review                     # what waits, and a picture of each in data/watch/review
python -m stages.review accept NAME … | all # into a landmark file where new data arrives: the next watch trains on it
python -m stages.review reject NAME … | all # deleted

The service keeps landmarks of a corrected sign only where the person who signed has agreed, and never a video. Whether
a clip shows its gloss is for somebody to say who knows the language. Who said what stands in data/watch/reviews.jsonl.
"""

import argparse
import json
import logging
import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from bentos.contract.feedback import LANDMARKS
from bentos.contract.registry import user
from stages import paths
from stages.params import load
from stages.start import StageError, command
from stages.tracking.connect import repository_root
from stages.watch import ACCEPTED, Params

log = logging.getLogger(__name__)
SHOWN = 8  # frames of a clip's picture
JOINED = ("frames", "video_id", "gloss", "split", "fps", "aspect")


def waiting(folder: Path, names: list[str]) -> list[Path]:
    """Files of the clips of these names, or of all.

    Raises:
        StageError: no clip of a name waits.
    """
    found = {path.stem: path for path in sorted((folder / LANDMARKS).glob("*.npz"))}
    if unknown := [name for name in names if name != "all" and name not in found]:
        raise StageError(f"{', '.join(unknown)}: no such clip waits; `python -m stages.review` lists them")
    return list(found.values()) if "all" in names else [found[name] for name in dict.fromkeys(names)]


def picture(clip: Path, folder: Path) -> Path:
    """Draw a clip's points, from its first to its last frame; returns the file."""
    from stages.reporting.figures import canvas

    with np.load(clip, allow_pickle=False) as file:
        frames, gloss = file["frames"].astype(np.float32), str(file["gloss"][0])
    target = folder / f"{clip.stem}.png"
    chosen = np.linspace(0, len(frames) - 1, SHOWN).astype(int)
    with canvas(target, width=2 * SHOWN, height=2.4, columns=SHOWN) as (figure, axes):
        figure.suptitle(gloss)
        for ax, number in zip(axes, chosen, strict=True):
            ax.scatter(frames[number, :, 0], -frames[number, :, 1], s=3)
            ax.set(xlim=(0, 1), ylim=(-1, 0), title=str(number), xticks=[], yticks=[])
    return target


def accept(clips: list[Path], folder: Path) -> Path:
    """Join clips into one landmark file of train clips, as `fetch` reads it, and take them from where they waited.

    Returns:
        The file; it appears whole or not at all.
    """
    parts = []
    for clip in clips:
        with np.load(clip, allow_pickle=False) as file:
            parts.append({name: file[name] for name in JOINED})
    joined = {name: np.concatenate([part[name] for part in parts]) for name in JOINED}
    joined |= {
        "offsets": np.cumsum([0, *(len(part["frames"]) for part in parts)]),
        "split": np.full(len(parts), "train"),
    }
    target = folder / f"{ACCEPTED}{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.npz"
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    with part.open("wb") as file:
        np.savez_compressed(file, **joined)
    part.replace(target)
    for clip in clips:
        clip.unlink()
    return target


def note(verdict: str, clips: list[Path], home: Path) -> None:
    """Write down who decided what."""
    said = {"when": datetime.now(UTC).isoformat(timespec="seconds"), "by": user(), "verdict": verdict}
    home.mkdir(parents=True, exist_ok=True)
    with (home / "reviews.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(said | {"clips": [clip.stem for clip in clips]}) + "\n")


def show(feedback: Path, home: Path) -> None:
    """Tell what waits, and draw it."""
    clips = waiting(feedback, ["all"])
    for clip in clips:
        with np.load(clip, allow_pickle=False) as file:
            seconds = len(file["frames"]) / float(file["fps"][0])
            sys.stdout.write(f"{clip.stem}  {file['gloss'][0]}  {seconds:.1f} s  {picture(clip, home / 'review')}\n")
    if not clips:
        log.info("no clip waits in %s", feedback / LANDMARKS)


def main(arguments: list[str] | None = None) -> None:
    """Show what waits, or decide."""
    parser = argparse.ArgumentParser(prog="python -m stages.review", description=__doc__.splitlines()[0])
    parser.add_argument("verdict", nargs="?", choices=("accept", "reject"), help="without one, what waits is listed")
    parser.add_argument("names", nargs="*", help="of clips, or `all`")
    told = parser.parse_args(arguments)
    with command():
        params, root = load("watch", Params), repository_root()
        if params.feedback is None:
            raise StageError("watch.feedback in params.yaml is empty: name the service's ISLR_FEEDBACK_DIR")
        feedback, home = root / params.feedback, root / paths.WATCH
        if told.verdict is None:
            return show(feedback, home)
        clips = waiting(feedback, told.names)
        if not clips:
            raise StageError(f"name the clips to {told.verdict}, or `all`")
        note(told.verdict, clips, home)
        if told.verdict == "accept":
            log.info("%d clips are in %s", len(clips), accept(clips, root / params.folders[0]))
            return None
        for clip in clips:
            clip.unlink()
        log.info("%d clips are deleted", len(clips))
        return None


if __name__ == "__main__":
    main()
