"""Small inputs that people bring, each as a whole through the stages that it concerns.

They lie outside of the repository, and each stands for a kind: the tests of the modules make their own of it.
"""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from bentos.contract.summary import advice
from bentos.errors import RefusedError
from bentos.http.bodies import MEDIA_TYPES, from_binary
from stages import paths, validate
from stages.corpus.imported import ImportedLandmarks
from stages.fetch import Params as FetchParams
from stages.fetch import fetch
from stages.ingest import Params as IngestParams
from stages.ingest import ingest
from stages.landmarks import Params as LandmarksParams
from stages.landmarks import run as landmarks
from stages.pose.video import VideoError, decode, probe
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def cases() -> Path:
    """The folder with the cases; skips where this machine has none."""
    folder = Path(os.environ.get("ISLR_CASES_DIR") or ROOT.parent / "shared" / "cases").resolve()
    if not folder.is_dir():
        pytest.skip(f"no cases in {folder}: set ISLR_CASES_DIR to the folder that has them")
    return folder


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a cache of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ISLR_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path


def test_a_phones_video_stands_upright(cases: Path) -> None:
    data = (cases / "videos/rot90.mp4").read_bytes()
    info = probe(data)
    assert (info.width, info.height, info.frames, info.turned) == (480, 360, 24, "270")
    assert {frame.shape for frame in decode(data)} == {(360, 480, 3)}


def test_frames_at_changing_intervals_are_all_read_with_their_times(cases: Path) -> None:
    data = (cases / "videos/vfr.webm").read_bytes()
    info = probe(data)
    assert info.frames == len(info.times) == len(list(decode(data)))
    assert info.times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24, 0.28, 0.4, 0.6, 0.8])


def test_av1_is_refused_by_name_with_what_to_do(cases: Path) -> None:
    with pytest.raises(VideoError, match="its codec, AV1, has no decoder here: convert it, as with `ffmpeg"):
        probe((cases / "videos/av1.mp4").read_bytes())


@pytest.mark.parametrize("kind", ["suffixes_a", "backslash_a", "bom_a"])
def test_archives_are_read_whole(repository: Path, cases: Path, kind: str) -> None:
    fetch(FetchParams(source="wlasl", folder=cases / "zips" / kind))
    ingest(IngestParams())
    report = json.loads(paths.INGESTED.read_text())
    assert (report["clips_before"], report["missing"], report["broken"], report["bad_entries"]) == (8, 0, 0, 0)
    assert paths.MANIFEST.is_file()
    assert "## Other remarks\n\nNone." in paths.INGESTED_READABLE.read_text()


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("zeros", "What was not seen is NaN, not 0 or another constant (120 of 120"),
        ("swapped", "Hands are at their own wrists (120 of 120"),
    ],
)
def test_validate_names_imported_landmarks_that_are_wrong(
    repository: Path, cases: Path, kind: str, says: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = repository / "incoming"
    folder.mkdir()
    (folder / f"{kind}.npz").symlink_to(cases / f"npz/{kind}.npz")
    fetch(FetchParams(source="landmarks", folder=folder))
    ingest(IngestParams())
    landmarks(LandmarksParams())
    (repository / "params.yaml").write_text("validate: {}\n")
    with pytest.raises(SystemExit):
        validate.main()
    assert says in caplog.text


def test_predict_refuses_zeros_and_advises_on_swapped_hands(cases: Path) -> None:
    zeros, swapped = (ImportedLandmarks(cases / f"npz/{kind}.npz") for kind in ("zeros", "swapped"))
    media_type = next(iter(MEDIA_TYPES))
    for clip in zeros.clips[:20]:
        with pytest.raises(RefusedError, match="what was not seen is null"):
            from_binary(zeros.read(clip.video_id).tobytes(), media_type, {}, 512)
    for clip in swapped.clips[:20]:
        read = from_binary(swapped.read(clip.video_id).tobytes(), media_type, {}, 512)
        assert "changed places" in (advice(read.landmarks) or "")
        assert not np.isnan(read.landmarks).all()
