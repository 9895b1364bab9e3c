"""The drawn sample as two zips, laid out like the two Kaggle data sets of WLASL."""

import json
import logging
import multiprocessing
import os
import signal
import threading
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from tqdm import tqdm

from stages.corpus.drawn.lexicon import LEXICON
from stages.corpus.drawn.sample import encode_clip
from stages.corpus.drawn.signer import CAST, Signer

log = logging.getLogger(__name__)

FIRST, SECOND = "wlasl-processed.zip", "wlasl2000-resized.zip"
FIRST_VIDEOS, SECOND_VIDEOS = "videos", "wlasl-complete/videos"
ONLY_SECOND, IN_BOTH = 0.15, 0.10  # shares of the drawn clips; the rest is in the first zip alone
EPOCH = (1980, 1, 1, 0, 0, 0)  # the time of every zip member, so that the same clips give the same bytes


@dataclass(frozen=True)
class Take:
    """One instance of a gloss.

    Attributes:
        video_id: five digits.
        gloss: the word.
        signer: who signs.
        number: which of this signer's takes of the gloss; seeds the drawing.
        first, second: whether the clip is in the first and in the second zip; a clip in neither is never drawn.
    """

    video_id: str
    gloss: str
    signer: Signer
    number: int
    first: bool
    second: bool


def plan(glosses: int, takes: int, seed: int) -> list[Take]:
    """List the sample's instances in the order of the lexicon, those that are in neither zip included.

    Args:
        glosses: how many words, from the lexicon's beginning.
        takes: how many clips of each word by each signer.
        seed: decides which clips are in which zip, and every take.
    """
    rng = np.random.default_rng(seed)
    instances = []
    for index, gloss in enumerate(list(LEXICON)[:glosses]):
        lost = int(rng.integers(len(CAST))) if index % 2 else -1  # every other gloss has an instance that is in no zip
        for person, signer in enumerate(CAST):
            for number in range(takes + (person == lost)):
                draw, missing = rng.random(), number == takes
                instances.append(
                    Take(
                        video_id=f"{(index * len(CAST) + person) * (takes + 1) + number + 1:05d}",
                        gloss=gloss,
                        signer=signer,
                        number=seed * 1000 + number,
                        first=not missing and draw >= ONLY_SECOND,
                        second=not missing and draw < ONLY_SECOND + IN_BOTH,
                    )
                )
    return instances


def write_sample(folder: Path, glosses: int, takes: int, seed: int, workers: int | None = None) -> tuple[Path, Path]:
    """Draw the sample and write its two zips; equal arguments give equal bytes on the same machine.

    Args:
        folder: where `wlasl-processed.zip` and `wlasl2000-resized.zip` go; they appear there complete or not at all.
        glosses, takes, seed: as for `plan`.
        workers: processes that draw; None = one a core.

    Returns:
        the two paths.

    Raises:
        OSError: the folder cannot be written or is full; nothing half-written is left in it then.
    """
    instances = plan(glosses, takes, seed)
    drawn = [take for take in instances if take.first or take.second]
    workers = workers or min(len(drawn), os.cpu_count() or 1)
    frames = 0
    with (
        whole_zip(folder / FIRST) as first,
        whole_zip(folder / SECOND) as second,
        _encoded(drawn, workers) as clips,
    ):
        for name, content in _tables(instances).items():
            _add(first, name, content, zipfile.ZIP_DEFLATED)
        for take, (video, count) in tqdm(
            zip(drawn, clips, strict=True), "drawing", len(drawn), unit="clip", mininterval=1, disable=None
        ):
            frames += count
            if take.first:
                _add(first, f"{FIRST_VIDEOS}/{take.video_id}.mp4", video)
            if take.second:
                _add(second, f"{SECOND_VIDEOS}/{take.video_id}.mp4", video)
    log.info("drew %d clips (%d frames) of %d glosses by %d signers", len(drawn), frames, glosses, len(CAST))
    return folder / FIRST, folder / SECOND


@contextmanager
def _encoded(takes: list[Take], workers: int) -> Iterator[Iterator[tuple[bytes, int]]]:
    """Draw takes in processes of their own; gives each one's video and frame count, in order.

    When this process fails or is stopped, the others finish at most the clip that they are at.
    """
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _prepare) as pool:
        try:
            with _ctrl_c_ignored():  # by the processes that are started here, for as long as they live
                clips = pool.map(_encode, takes)
            yield clips
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # only the main thread may change it
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _prepare() -> None:
    """Make this process one that uses one core and ends when its parent has ended, however that came."""
    cv2.setNumThreads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


@contextmanager
def whole_zip(path: Path) -> Iterator[zipfile.ZipFile]:
    """Open a zip for writing that gets its name only once it is complete; a broken-off one is removed."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            yield archive
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _encode(take: Take) -> tuple[bytes, int]:
    video, properties = encode_clip(take.gloss, take.signer, take.number)
    return video, properties["frames"]


def _add(archive: zipfile.ZipFile, name: str, content: bytes, compression: int = zipfile.ZIP_STORED) -> None:
    member = zipfile.ZipInfo(name, EPOCH)
    member.compress_type = compression
    member.external_attr = 0o644 << 16
    archive.writestr(member, content)


def _tables(instances: list[Take]) -> dict[str, bytes]:
    """The first zip's lists: instances by gloss, subset by video, the glosses, and what is missing from it."""
    glosses = list(dict.fromkeys(take.gloss for take in instances))
    entries: list[dict] = []
    subsets: dict[str, dict] = {}
    for label, gloss in enumerate(glosses):
        own = [take for take in instances if take.gloss == gloss]
        entries.append({"gloss": gloss, "instances": [_instance(i, take) for i, take in enumerate(own)]})
        subsets |= {t.video_id: {"subset": t.signer.split, "action": [label, 1, -1]} for t in own if t.first}
    return {
        "WLASL_v0.3.json": json.dumps(entries, indent=1).encode(),
        f"nslt_{len(glosses)}.json": json.dumps(subsets).encode(),
        "wlasl_class_list.txt": "".join(f"{i}\t{gloss}\n" for i, gloss in enumerate(glosses)).encode(),
        "missing.txt": "".join(f"{take.video_id}\n" for take in instances if not take.first).encode(),
    }


def _instance(number: int, take: Take) -> dict:
    """One entry of `WLASL_v0.3.json`; its bounding box is the whole picture."""
    room = take.signer.room
    return {
        "bbox": [0, 0, room.width, room.height],
        "fps": 25,
        "frame_end": -1,
        "frame_start": 1,
        "instance_id": number,
        "signer_id": take.signer.signer_id,
        "source": room.name,
        "split": take.signer.split,
        "url": "",
        "variation_id": 0,
        "video_id": take.video_id,
    }
