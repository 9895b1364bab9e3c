"""The zips of data sets other than WLASL go through fetch, ingest and landmarks."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from stages import paths
from stages.corpus.manifest import read_manifest
from stages.fetch import Params as FetchParams
from stages.fetch import fetch
from stages.ingest import Params as IngestParams
from stages.ingest import ingest
from stages.landmarks import Params as LandmarksParams
from stages.landmarks import preview, run
from stages.pose.store import LandmarkStore
from stages.pose.video import decode, probe
from stages.start import StageError
from tests.stages.media import make_asl_citizen, make_ms_asl, make_video, write_zip

CITIZEN = [
    ("11-BOOK.mp4", "BOOK", "train", "P1"),
    ("12-NOT MIND.mp4", "NOTMIND", "train", "P2"),
    ("13-seedBOOK.mp4", "BOOK1", "val", "P3"),
    ("14-BOOK.mp4", "BOOK", "test", "P4"),
    ("15-BOOK.mp4", "BOOK", "test", "P4"),
]
LESSON, OTHER = "C37R_Ix8-qs", "-abcdefghij"
MS_ASL = [
    (LESSON, "nice", "train", 0.0, 0.8),
    (LESSON, "eat", "test", 0.8, 2.0),
    (OTHER, "eat", "train", 0.4, 1.0),
    (LESSON, "eat", "val", 2.0, 3.0),
    ("mmmmmmmmmmm", "nice", "train", 0.0, 1.0),  # the video is gone
]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def bring_in(folder: Path, **params) -> tuple[dict, pd.DataFrame]:
    fetch(FetchParams(source="zips", folder=folder))
    ingest(IngestParams(**params))
    return json.loads(paths.INGESTED.read_text()), read_manifest(paths.MANIFEST)


def test_asl_citizen(repository: Path) -> None:
    videos = {f"ASL_Citizen/videos/{name}": make_video(n) for n, (name, *_) in enumerate(CITIZEN[:-1])}
    write_zip(repository / "incoming/ASL_Citizen.zip", make_asl_citizen(CITIZEN) | videos)
    report, manifest = bring_in(repository / "incoming")
    assert json.loads(Path("data/raw/archives.json").read_text())["dataset"] == report["dataset"] == "ASL Citizen"
    columns = ["video_id", "gloss", "label", "split", "signer", "member"]
    assert manifest[columns].to_numpy().tolist() == [
        ["11-BOOK", "book", 0, "train", "P1", "ASL_Citizen/videos/11-BOOK.mp4"],
        ["14-BOOK", "book", 0, "test", "P4", "ASL_Citizen/videos/14-BOOK.mp4"],
        ["12-NOT MIND", "notmind", 1, "train", "P2", "ASL_Citizen/videos/12-NOT MIND.mp4"],
        ["13-seedBOOK", "book1", 2, "val", "P3", "ASL_Citizen/videos/13-seedBOOK.mp4"],
    ]
    assert manifest["part"].map(len).eq(0).all()
    assert manifest["sha256"][0] == hashlib.sha256(videos["ASL_Citizen/videos/11-BOOK.mp4"]).hexdigest()
    assert (report["missing"], report["broken"], report["bad_entries"]) == (1, 0, 0)
    assert "- book: 1" in paths.INGESTED_READABLE.read_text()


def test_asl_citizen_that_was_unpacked(repository: Path) -> None:
    for name, data in make_asl_citizen(CITIZEN).items():
        (repository / "incoming" / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / "incoming" / name).write_bytes(data)
    (repository / "incoming/ASL_Citizen/videos").mkdir()
    (repository / "incoming/ASL_Citizen/videos/11-BOOK.mp4").write_bytes(make_video(1))
    for folder in ("incoming", "incoming/ASL_Citizen"):
        report, manifest = bring_in(repository / folder)
        assert (report["dataset"], manifest["video_id"].tolist()) == ("ASL Citizen", ["11-BOOK"])


def ms_asl_zips(folder: Path) -> bytes:
    """The list in one zip and the videos, as they were downloaded, in another; gives the lesson's video."""
    lesson = make_video(1, frames=75)
    write_zip(folder / "MS-ASL.zip", make_ms_asl(MS_ASL))
    write_zip(folder / "videos.zip", {f"{LESSON}.mp4": lesson, f"{OTHER}.webm": make_video(2, 25, ".webm")})
    return lesson


def test_ms_asl(repository: Path) -> None:
    ms_asl_zips(repository / "incoming")
    report, manifest = bring_in(repository / "incoming")
    assert report["dataset"] == "MS-ASL"
    manifest["part"] = manifest["part"].map(list)
    assert manifest[["video_id", "gloss", "label", "split", "part", "frames"]].to_numpy().tolist() == [
        [f"{LESSON}-train-00000", "nice", 0, "train", [0, 20], 20],
        [f"{OTHER}-train-00001", "eat", 1, "train", [10, 25], 15],
        [f"{LESSON}-test-00000", "eat", 1, "test", [20, 50], 30],
        [f"{LESSON}-val-00000", "eat", 1, "val", [50, 75], 25],
    ]
    assert set(manifest["signer"]) == {"3"}
    assert manifest["sha256"].is_unique, "parts of one video are different clips"
    assert (report["missing"], report["broken"], report["clips"]) == (1, 0, 4)
    assert "- nice: 1" in paths.INGESTED_READABLE.read_text()


def test_the_same_part_twice_is_one_clip_and_a_part_beyond_the_end_none(repository: Path) -> None:
    again = [(LESSON, "nice", "test", 0.0, 0.8), (LESSON, "nice", "train", 2.5, 9.0)]
    write_zip(repository / "incoming/MS-ASL.zip", make_ms_asl([*MS_ASL, *again]))
    write_zip(repository / "incoming/videos.zip", {f"{LESSON}.mp4": make_video(1, frames=75)})
    report, manifest = bring_in(repository / "incoming", max_broken_share=0.5)
    assert manifest["video_id"].tolist() == [f"{LESSON}-test-00001", f"{LESSON}-test-00000", f"{LESSON}-val-00000"]
    assert report["duplicates"]["before"]["across_splits_groups"] == 1
    said = f"videos.zip: {LESSON}.mp4: {LESSON}-train-00003: seconds 2.5 to 9 are not in it: it ends after 3.00"
    assert said in paths.INGESTED_READABLE.read_text()


def place(picture: np.ndarray) -> np.ndarray:
    """Where the square of `make_video` is, as fractions of height and width."""
    return np.argwhere(picture[..., 2] > 120).mean(axis=0) / picture.shape[:2]


@pytest.mark.timeout(200)
def test_landmarks_are_those_of_the_part(repository: Path) -> None:
    lesson = ms_asl_zips(repository / "incoming")
    bring_in(repository / "incoming")
    run(LandmarksParams(workers=1))
    clips = {clip.video_id: clip for clip in LandmarkStore(paths.LANDMARKS).read()}
    assert [len(clips[f"{LESSON}-{name}"].landmarks) for name in ("train-00000", "test-00000")] == [20, 30]
    assert len(clips) == 4
    preview(f"{LESSON}-test-00000", LandmarksParams())
    drawn = Path(f"reports/preview/{LESSON}-test-00000.webm").read_bytes()
    assert probe(drawn).frames == 30
    frames = list(decode(lesson))
    assert place(next(decode(drawn))) == pytest.approx(place(frames[20]), abs=0.01) != pytest.approx(place(frames[19]))


def test_a_folder_of_two_data_sets_is_refused_by_fetch(repository: Path) -> None:
    write_zip(repository / "incoming/a.zip", make_asl_citizen(CITIZEN))
    write_zip(repository / "incoming/b.zip", make_ms_asl(MS_ASL))
    with pytest.raises(Exception, match=r"2 data sets, .*\(ASL Citizen\).*\(MS-ASL\)"):
        fetch(FetchParams(source="zips", folder=repository / "incoming"))


def test_a_list_that_is_not_whole_stops_ingest_with_its_report(repository: Path) -> None:
    members = make_asl_citizen(CITIZEN) | {"ASL_Citizen/videos/11-BOOK.mp4": make_video(1)}
    del members["ASL_Citizen/splits/val.csv"]
    write_zip(repository / "incoming/ASL_Citizen.zip", members)
    with pytest.raises(StageError, match=r"The list of ASL Citizen cannot be used: no archive holds val.csv; see"):
        bring_in(repository / "incoming")
    assert paths.INGESTED.is_file()
    assert not paths.MANIFEST.exists()
