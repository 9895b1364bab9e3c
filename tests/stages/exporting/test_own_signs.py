"""What versions carry for signs that people teach: where the known glosses lie, and no clip."""

from types import SimpleNamespace

import numpy as np

from bentos.contract import loading
from stages.exporting import own_signs
from tests.stages.clips import corpus


def embed(clip: np.ndarray, aspect: float) -> tuple[np.ndarray, np.ndarray]:
    """A model that sees where the right hand is on the average."""
    mean = np.nanmean(clip[:, 21:42].astype(np.float32), axis=(0, 1))
    return np.empty(0), mean / np.linalg.norm(mean)


def test_each_gloss_lies_where_its_clips_do(tmp_path):
    clips = corpus(tmp_path / "clips", 14, 2)
    model = SimpleNamespace(labels=["g0", "g1", "never seen"], embedding_size=3, embed=embed)
    own_signs.write(model, clips, tmp_path)
    assert own_signs.FILE == loading.OWN_SIGNS_FILE
    with np.load(tmp_path / own_signs.FILE) as file:
        assert set(file.files) == {"glosses", "slope", "offset"}
        assert file["glosses"].shape == (2, 3)  # a gloss without a clip lies nowhere
        np.testing.assert_allclose(np.linalg.norm(file["glosses"].astype(np.float32), axis=1), 1, atol=1e-3)
        near = [embed(clips[i], 1.0)[1] for i in range(0, 10, 2)]
        mean = np.mean(near, axis=0)
        np.testing.assert_allclose(file["glosses"][0], mean / np.linalg.norm(mean), atol=1e-3)
