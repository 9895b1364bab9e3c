"""The landmarks stage extracts each clip once, whatever happens in between."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from bentos.contract.skeleton import FACE, LEFT_HAND, LEFT_SHOULDER, NOSE, POSE, RIGHT_HAND, RIGHT_SHOULDER
from stages import paths
from stages.corpus.drawn.sample import encode_clip
from stages.corpus.drawn.signer import CAST
from stages.ingest import Params as IngestParams
from stages.ingest import ingest
from stages.landmarks import Coverage, Params, preview, run
from stages.pose.cache import ExtractionCache
from stages.pose.store import LandmarkStore
from stages.pose.video import probe
from stages.start import StageError
from tests.stages.media import at_times, make_index, make_video, turned, write_archives, write_zip


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def prepare(folder: Path, clips: dict[str, bytes], **params) -> None:
    entries = [(name, ("book", "apple")[int(name) % 2], "train") for name in clips]
    members = {f"videos/{name}.mp4": data for name, data in clips.items()}
    archive = write_zip(folder / "a.zip", {"WLASL_v0.3.json": make_index(entries), **members})
    write_archives(folder, (archive, "zip"))
    ingest(IngestParams(**params))


def extract(**params) -> dict:
    run(Params(workers=1, **params))
    return json.loads(paths.EXTRACTED.read_text())


def digest() -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(paths.LANDMARKS.iterdir())}


@pytest.fixture(scope="module")
def drawn_clip() -> bytes:
    return encode_clip("book", CAST[0])[0]


@pytest.mark.timeout(300)
def test_each_clip_is_extracted_once(repository: Path, drawn_clip: bytes) -> None:
    clips = {"00001": drawn_clip, "00002": make_video(2), "00003": make_video(3)}
    prepare(repository, clips)
    report = extract()
    assert (report["clips"], report["extracted"], report["reused_from_cache"], report["failed"]) == (3, 3, 0, 0)
    person = next(iter(LandmarkStore(paths.LANDMARKS).read(video_ids=["00001"])))
    info = probe(drawn_clip)
    assert person.landmarks.shape == (info.frames, 180, 3)
    assert (person.fps, person.width, person.height) == (pytest.approx(info.fps), info.width, info.height)
    check_anatomy(person.landmarks)
    nobody = next(iter(LandmarkStore(paths.LANDMARKS).read(video_ids=["00002"])))
    assert np.isnan(nobody.landmarks).all(), "what was not seen is NaN"
    before = digest()

    assert extract()["reused_from_cache"] == 3, "a second run"
    assert digest() == before, "equal clips give equal bytes"

    prepare(repository, {**clips, "00004": make_video(4)})
    report = extract()
    assert (report["extracted"], report["reused_from_cache"], report["clips"]) == (1, 3, 4)

    prepare(repository, {"00002": clips["00002"]})
    report = extract(min_detection_confidence=0.6)
    assert (report["extracted"], report["reused_from_cache"]) == (1, 0), "other settings, other landmarks"
    assert extract()["reused_from_cache"] == 1, "the first settings' landmarks are still there"


def check_anatomy(landmarks: np.ndarray) -> None:
    """The clip faces us unmirrored: the signer's left shoulder is on the picture's right, the nose above both."""
    middle = np.nanmedian(landmarks.astype(np.float32), axis=0)
    assert middle[LEFT_SHOULDER, 0] > middle[RIGHT_SHOULDER, 0] + 0.1
    assert middle[NOSE, 1] < middle[LEFT_SHOULDER, 1] - 0.05
    seen = ~np.isnan(landmarks[:, :, 0])
    assert seen[:, POSE].any(axis=1).mean() > 0.9
    assert seen[:, FACE].any(axis=1).mean() > 0.9
    assert (seen[:, LEFT_HAND].any(axis=1) | seen[:, RIGHT_HAND].any(axis=1)).mean() > 0.5


@pytest.mark.timeout(200)
def test_failed_clips_are_named_and_too_many_stop(repository: Path) -> None:
    whole = make_video(1, frames=40, suffix=".avi")
    cut_off = whole[: len(whole) // 2]  # an AVI says its length first, so ingest cannot tell
    prepare(repository, {"00001": make_video(1), "00002": cut_off})
    with pytest.raises(StageError, match=r"1 of 2 clips have no landmarks.*max_failed_share"):
        extract()
    report = extract(max_failed_share=0.5)
    assert report["clips"] == 1
    assert report["reused_from_cache"] == 2, "what was extracted before the stop is kept"
    assert list(report["failures"]) == ["00002"]
    assert "frames decode: the file is cut off" in report["failures"]["00002"]


@pytest.mark.timeout(200)
def test_clips_are_read_as_they_are_shown(repository: Path) -> None:
    sparse = at_times(make_video(1, suffix=".webm", frames=12), 25, [0, *range(600, 1700, 100)])
    on_its_side = turned(make_video(2), 0, 1, -1, 0)
    prepare(repository, {"00001": sparse, "00002": make_video(2), "00003": on_its_side})
    report = extract()
    assert (report["failed"], report["extracted"]) == (0, 3)
    clips = {clip.video_id: clip for clip in LandmarkStore(paths.LANDMARKS).read()}
    assert clips["00001"].times == pytest.approx([0, *np.arange(0.6, 1.7, 0.1)])
    assert clips["00001"].fps == pytest.approx(11 / 1.6)
    assert [len(clips[name].times) for name in ("00002", "00003")] == [0, 0]
    assert (clips["00003"].width, clips["00003"].height) == (64, 96)


def test_what_was_extracted_lying_down_is_extracted_again_and_nothing_else(repository: Path) -> None:
    clips = {"00001": make_video(1), "00002": turned(make_video(2), 0, 1, -1, 0)}
    prepare(repository, clips)
    kept = np.full((12, 180, 3), 0.25, np.float16)
    with ExtractionCache(Params().extractor) as cache:  # as it was before pictures were turned
        for data in clips.values():
            cache.append(hashlib.sha256(data).hexdigest(), kept)
    report = extract()
    assert (report["reused_from_cache"], report["extracted"]) == (1, 1)
    upright, again = LandmarkStore(paths.LANDMARKS).read()
    np.testing.assert_array_equal(upright.landmarks, kept)
    assert np.isnan(again.landmarks).all()
    assert extract()["reused_from_cache"] == 2


def write_npz(path: Path, **changes) -> None:
    """Three imported clips of 2, 3 and 4 frames, the last one seen before any of another gloss."""
    arrays = {
        "frames": np.arange(9 * 180 * 3).reshape(9, 180, 3).astype(np.float32) / 5000,
        "offsets": np.array([0, 2, 5, 9]),
        "video_id": np.array(["00009", "00002", "00005"]),
        "gloss": np.array(["zebra", "zebra", "apple"]),
        "split": np.array(["train", "val", "test"]),
        "fps": np.array([25, 30, 25], np.float32),
    }
    np.savez_compressed(path, **{**arrays, **changes})


def test_imported_landmarks_go_through_unchanged(repository: Path) -> None:
    write_npz(repository / "hands.npz")
    write_archives(repository, (repository / "hands.npz", "npz"))
    ingest(IngestParams())
    report = extract()
    assert (report["clips"], report["frames"], report["extracted"]) == (3, 9, 0)
    clips = list(LandmarkStore(paths.LANDMARKS).read())
    assert [(c.video_id, c.gloss, c.split, len(c.landmarks)) for c in clips] == [
        ("00009", "zebra", "train", 2),
        ("00002", "zebra", "val", 3),
        ("00005", "apple", "test", 4),
    ]
    expected = (np.arange(9 * 180 * 3).reshape(9, 180, 3).astype(np.float32) / 5000).astype(np.float16)
    np.testing.assert_array_equal(np.concatenate([c.landmarks for c in clips]), expected)


def test_a_broken_import_stops_and_is_named(repository: Path) -> None:
    write_npz(repository / "hands.npz", offsets=np.array([0, 2, 5, 99]))
    write_archives(repository, (repository / "hands.npz", "npz"))
    with pytest.raises(StageError, match=r"hands\.npz: offsets must rise"):
        ingest(IngestParams())
    assert "hands.npz: offsets must rise" in (repository / "reports/ingest.md").read_text()


def test_coverage_counts_frames() -> None:
    landmarks = np.full((4, 180, 3), np.nan, np.float16)
    landmarks[:3, POSE] = 0.5
    landmarks[0, LEFT_HAND] = 0.5
    landmarks[1, RIGHT_HAND] = 0.5
    coverage = Coverage()
    coverage.add(landmarks)
    expected = {"left_hand": 0.25, "right_hand": 0.25, "pose": 0.75, "face": 0.0, "any_hand": 0.5}
    assert coverage.shares() == expected


def test_preview_draws_the_points_over_the_clip(repository: Path, drawn_clip: bytes) -> None:
    prepare(repository, {"00001": drawn_clip})
    preview("00001", Params())
    info = probe((repository / "reports/preview/00001.webm").read_bytes())
    assert info.frames == probe(drawn_clip).frames
    assert info.height == 480
    with pytest.raises(StageError, match="00009 is not in"):
        preview("00009", Params())


def test_a_missing_manifest_says_what_to_do() -> None:
    with pytest.raises(FileNotFoundError, match="dvc repro ingest"):
        run(Params())
