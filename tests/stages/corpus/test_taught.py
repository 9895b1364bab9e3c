"""Signs that people taught the page become clips that the pipeline imports."""

import sys

import numpy as np
import pytest

from stages.corpus import taught
from stages.corpus.imported import ImportedLandmarks
from tests.stages.corpus.exports import exported, take


def signing(seed: int) -> np.ndarray:
    landmarks = np.random.default_rng(seed).random((12 + seed, 180, 3)).astype(np.float32)
    landmarks[:, :21] = np.nan
    return landmarks


def test_the_files_of_two_people_become_one_file_of_landmarks(tmp_path, monkeypatch):
    anna = exported(tmp_path / "anna.json", {"name": "Café", "takes": [take(signing(i)) for i in range(3)]})
    ben = exported(tmp_path / "ben.json", {"name": "Café", "takes": [take(signing(7), fps=30)]})
    out = tmp_path / "own.npz"
    monkeypatch.setattr(sys, "argv", ["taught", str(anna), str(ben), "--out", str(out)])
    taught.main()
    file = ImportedLandmarks(out)
    told = [(clip.video_id, clip.gloss, clip.split, clip.frames, clip.fps) for clip in file.clips]
    assert told == [
        ("anna-Café-1", "Café", "train", 12, 25),
        ("anna-Café-2", "Café", "train", 13, 25),
        ("anna-Café-3", "Café", "val", 14, 25),
        ("ben-Café-1", "Café", "train", 19, 30),
    ]
    assert file.clips[0].aspect == 1.5
    np.testing.assert_allclose(file.read("anna-Café-2"), signing(1), atol=1e-3)
    file.close()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("no json", "holds no own signs"),
        ("null", "holds no own signs"),
        ({"name": "a", "takes": []}, "signs.0.takes"),
        ({"name": "a", "takes": ["é"]}, "take 1 of 'a' is damaged"),
        ({"name": "a", "takes": ["AAAA"]}, "take 1 of 'a' is damaged"),
        ({"name": "a", "takes": [take(signing(0), frames=9)]}, "for 9 frames"),
        ({"name": "a", "takes": [take(signing(0), fps=0)]}, "take 1 of 'a' is damaged"),
    ],
)
def test_what_is_no_export_is_refused_with_a_sentence(tmp_path, monkeypatch, content, says):
    path = tmp_path / "odd.json"
    path.write_text(content) if isinstance(content, str) else exported(path, content)
    monkeypatch.setattr(sys, "argv", ["taught", str(path), "--out", str(tmp_path / "own.npz")])
    with pytest.raises(SystemExit, match=says):
        taught.main()
    assert not (tmp_path / "own.npz").exists()
