"""Corrected clips join what is learnt from after somebody's look, and not before."""

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from bentos.model.feedback import Feedback
from bentos.settings import Settings
from stages import review
from stages.corpus.imported import ImportedLandmarks
from tests.stages import project


@pytest.fixture
def corrected(tmp_path, monkeypatch) -> list[str]:
    """Names of two clips that people corrected and agreed to give, as the service keeps them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    Path(".dvc").mkdir()
    Path("params.yaml").write_text("watch: {feedback: feedback}\n")
    service = Feedback(Settings(feedback_dir=Path("feedback"), feedback_landmarks=True))
    for gloss in ("wave", "up"):
        made = project.clip(gloss, 0, "train")
        clip = (made.landmarks.astype(np.float32), made.fps, None)
        service.correction("1", gloss, "circle", 0.4, partial(tuple, clip))
    service.close()
    return sorted(path.stem for path in Path("feedback/landmarks").iterdir())


def test_what_waits_is_listed_and_drawn(corrected, capsys):
    review.main([])
    said = capsys.readouterr().out
    for name in corrected:
        assert name in said
        assert Path(f"data/watch/review/{name}.png").read_bytes().startswith(b"\x89PNG")
    assert "wave" in said
    assert not list(Path("data").rglob("*.npz"))


def test_accepted_clips_are_landmarks_as_fetch_reads_them(corrected):
    review.main(["accept", "all"])
    (file,) = Path("data/incoming").glob("*.npz")
    found = ImportedLandmarks(file)
    assert sorted((clip.gloss, clip.split) for clip in found.clips) == [("up", "train"), ("wave", "train")]
    assert not list(Path("feedback/landmarks").iterdir())
    said = json.loads(Path("data/watch/reviews.jsonl").read_text())
    assert (said["verdict"], said["clips"]) == ("accept", corrected)
    assert said["by"]


def test_rejected_clips_are_gone(corrected):
    review.main(["reject", corrected[0]])
    assert [path.stem for path in Path("feedback/landmarks").iterdir()] == corrected[1:]
    assert not list(Path("data").rglob("*.npz"))


def test_a_name_that_does_not_wait_is_refused(corrected):
    with pytest.raises(SystemExit, match="no such clip waits"):
        review.main(["accept", "nobody"])
    with pytest.raises(SystemExit, match="name the clips to accept"):
        review.main(["accept"])
    Path("params.yaml").write_text("watch: {}\n")
    with pytest.raises(SystemExit, match="ISLR_FEEDBACK_DIR"):
        review.main([])
