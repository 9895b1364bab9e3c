"""Extracts 180 points a frame from every clip of the manifest. Run as `python -m stages.landmarks`.

`python -m stages.landmarks --preview VIDEO_ID` writes a short video with the points drawn over the clip instead.
"""

import argparse
import functools
import logging
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from pydantic import Field
from tqdm import tqdm

from bentos.contract.skeleton import HANDS, PARTS
from stages import paths
from stages.corpus.archives import MemberError
from stages.corpus.manifest import read_manifest
from stages.corpus.reading import ClipReader
from stages.params import Section
from stages.pose.cache import ExtractionCache, clip_key
from stages.pose.extractor import ExtractorSettings
from stages.pose.preview import write_preview
from stages.pose.store import Clip, StoreWriter
from stages.pose.task import extract_here
from stages.reports.files import write_json
from stages.start import StageError, stage

if TYPE_CHECKING:
    from stages.pose.engine import EngineSettings

SHORTEST_SHARE = 0.8  # of the frames that the header promises; a clip of which fewer decode is cut off

log = logging.getLogger(__name__)


class Params(Section):
    """Parameters of `landmarks`."""

    min_detection_confidence: float = Field(0.5, ge=0, le=1, description="0-1; below it a person is searched anew")
    min_tracking_confidence: float = Field(0.5, ge=0, le=1, description="0-1; below it a person is searched anew")
    max_side: int = Field(0, ge=0, description="pixels of the longer side that pictures are shrunk to first; 0 = never")
    skip_hidden_hands: bool = Field(
        True, description="below the picture. false: 10 ms a frame slower, 1 hand in 500 is seen earlier"
    )
    face_every: int = Field(2, ge=1, description="frames; the face is interpolated between. 1 = looked for on each")
    pose_every: int = Field(
        2, ge=1, description="frames while the signer rests; the pose is interpolated between. 1 = on each"
    )
    workers: int = Field(0, ge=0, description="processes of the local engine; 0 = one for each core")
    scheduler: str = Field("", description="address of a Dask scheduler (tcp://host:8786); empty = local")
    clip_timeout_s: float = Field(300.0, gt=0, description="seconds; a clip that takes longer is recorded and skipped")
    max_failed_share: float = Field(
        0.02, ge=0, le=1, description="0-1; more clips without landmarks than this stop the stage"
    )

    @property
    def extractor(self) -> ExtractorSettings:
        """The part that decides the landmarks."""
        return ExtractorSettings(
            min_detection_confidence=self.min_detection_confidence,
            min_tracking_confidence=self.min_tracking_confidence,
            max_side=self.max_side,
            skip_hidden_hands=self.skip_hidden_hands,
            face_every=self.face_every,
            pose_every=self.pose_every,
        )

    @property
    def engine(self) -> "EngineSettings":
        """The part that decides where the work is done."""
        from stages.pose.engine import EngineSettings

        return EngineSettings(self.scheduler, self.workers, self.clip_timeout_s)


@dataclass
class Work:
    """What the extraction did: how many clips, of how many frames, and why there are none of some (by hash)."""

    clips: int = 0
    frames: int = 0
    seconds: float = 0.0
    failed: dict[str, str] = field(default_factory=dict)


def extract_missing(videos: pd.DataFrame, reader: ClipReader, cache: ExtractionCache, params: Params) -> Work:
    """Extract every clip that the cache does not hold, into it.

    The longest come first, so that no worker is left alone with a long one at the end.
    """
    from stages.pose.engine import Job, extract_all

    longest_first = videos.sort_values("frames", ascending=False, kind="stable")
    rows = longest_first.itertuples()
    todo = {row.sha256: row for row in rows if clip_key(row.sha256, row.turned) not in cache}
    work, started = Work(), time.monotonic()
    if not todo:
        return work
    jobs = (
        Job(key, row.video_id, functools.partial(reader.video, row.archive, row.kind, row.member, row.part))
        for key, row in todo.items()
    )
    total = int(sum(row.frames for row in todo.values()))
    with tqdm(total=total, desc="landmarks", unit="frames", mininterval=1, smoothing=0.05, disable=None) as bar:
        for outcome in extract_all(jobs, params.extractor, params.engine):
            key = outcome.job.sha256
            if outcome.landmarks is None:
                work.failed[key] = outcome.problem
                bar.write(f"{outcome.job.name} is passed over: {outcome.problem}")
            else:
                cache.append(clip_key(key, todo[key].turned), outcome.landmarks)
                work.clips += 1
                work.frames += len(outcome.landmarks)
            bar.update(int(todo[key].frames))
    work.seconds = time.monotonic() - started
    return work


def clips_of(
    manifest: pd.DataFrame, reader: ClipReader, cache: ExtractionCache, failed: dict[str, str]
) -> Iterator[Clip]:
    """All clips that have landmarks, in the manifest's order; notes in `failed` those that turn out to be cut off."""
    for row in manifest.itertuples():
        if row.sha256 in failed:
            continue
        key = clip_key(row.sha256, row.turned)
        try:
            landmarks = reader.landmarks(row.archive, row.member) if row.kind == "npz" else cache.get(key)
        except MemberError as error:
            failed[row.sha256] = str(error)
            continue
        if row.frames - len(landmarks) > max(5, (1 - SHORTEST_SHARE) * row.frames):
            failed[row.sha256] = f"only {len(landmarks)} of {row.frames} frames decode: the file is cut off"
            continue
        if len(row.times) not in (0, len(landmarks)):
            failed[row.sha256] = f"{len(landmarks)} frames decode, where ingest found {len(row.times)}"
            continue
        about = (row.video_id, row.gloss, row.split, row.signer, row.source, row.sha256)
        yield Clip(*about, row.fps, row.width, row.height, landmarks, row.times)


class Coverage:
    """Counts in how many frames each part of the body was seen."""

    def __init__(self) -> None:
        self.frames = 0
        self._seen = dict.fromkeys((*PARTS, "any_hand"), 0)

    def add(self, landmarks: np.ndarray) -> None:
        """Count one clip, (frames, 180, 3)."""
        self.frames += len(landmarks)
        known = ~np.isnan(landmarks[:, :, 0])
        for part in self._seen:
            self._seen[part] += int(known[:, PARTS.get(part, HANDS)].any(axis=1).sum())

    def shares(self) -> dict[str, float]:
        """The share of all frames, 0-1, by part."""
        return {part: round(count / max(self.frames, 1), 4) for part, count in self._seen.items()}


def run(params: Params) -> None:
    """Bring data/landmarks up to the manifest.

    Raises:
        StageError: too many clips failed, or none is left. What was extracted is kept all the same.
    """
    manifest, coverage = read_manifest(paths.MANIFEST), Coverage()
    videos = manifest[manifest["kind"] != "npz"].drop_duplicates("sha256")
    with ClipReader() as reader, ExtractionCache(params.extractor) as cache:
        reused = sum(clip_key(row.sha256, row.turned) in cache for row in videos.itertuples())
        work = extract_missing(videos, reader, cache, params)
        with StoreWriter(paths.LANDMARKS) as store:
            for clip in clips_of(manifest, reader, cache, work.failed):
                store.append(clip)
                coverage.add(clip.landmarks)
    named = {row.video_id: work.failed[row.sha256] for row in manifest.itertuples() if row.sha256 in work.failed}
    report = {
        "clips": store.clips,
        "frames": coverage.frames,
        "failed": len(named),
        "reused_from_cache": reused,
        "extracted": work.clips,
        "seconds": round(work.seconds, 1),
        "frames_per_second": round(work.frames / work.seconds, 1) if work.frames else 0.0,
        "share_of_frames_with": coverage.shares(),
        "failures": named,
    }
    write_json(paths.EXTRACTED, report)
    log.info("%d clips: %d extracted now, %d reused, %d failed", store.clips, work.clips, reused, len(named))
    if len(named) > params.max_failed_share * len(manifest) or not store.clips:
        raise StageError(
            f"{len(named)} of {len(manifest)} clips have no landmarks, more than landmarks.max_failed_share = "
            f"{params.max_failed_share:.1%}; {paths.EXTRACTED} says why for each."
        )


def preview(video_id: str, params: Params) -> None:
    """Write a short video of one clip with its points drawn."""
    manifest = read_manifest(paths.MANIFEST).set_index("video_id")
    if video_id not in manifest.index:
        raise StageError(f"{video_id} is not in {paths.MANIFEST}")
    row = manifest.loc[video_id]
    with ClipReader() as reader, ExtractionCache(params.extractor) as cache:
        if row["kind"] == "npz":
            landmarks, data = reader.landmarks(row["archive"], row["member"]), None
        else:
            data = reader.video(row["archive"], row["kind"], row["member"], row["part"])
            key = clip_key(row["sha256"], row["turned"])
            landmarks = cache.get(key) if key in cache else extract_here(data, params.extractor)
    path = write_preview(paths.PREVIEWS / f"{video_id}.webm", landmarks, float(row["fps"]), data)
    log.info("%s (%s): %d frames with their points in %s", video_id, row["gloss"], len(landmarks), path)


def main() -> None:
    """Run the stage, or draw one clip."""
    parser = argparse.ArgumentParser(prog="python -m stages.landmarks", description=__doc__)
    parser.add_argument("--preview", metavar="VIDEO_ID", help="draw the points over this clip and do nothing else")
    video_id = parser.parse_args().preview
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's polite kill keeps all, as Ctrl-C does
    kept = "Interrupted. What was extracted is kept; run again to go on from there."
    with stage("landmarks", Params, stopped=kept) as params:
        if video_id:
            preview(video_id, params)
        else:
            run(params)


if __name__ == "__main__":
    main()
