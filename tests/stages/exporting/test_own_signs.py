"""What versions carry for signs that people teach: where the known glosses lie, and no clip."""

from types import SimpleNamespace

import numpy as np
import pandas as pd

from bentos.contract import loading
from bentos.model.own_signs import Space
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
        assert set(file.files) == {"centre", "whitening", "glosses", "scale", "slope", "offset"}
        space = Space("", *(file[name].astype(np.float32) for name in file.files))
    assert space.glosses.shape == (2, 3)  # a gloss without a clip lies nowhere
    means = np.stack([np.mean([embed(clips[i], 1.0)[1] for i in range(k, 14, 2)], axis=0) for k in (0, 1)])
    np.testing.assert_allclose(space.centre, means.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(space.whitened(means), space.glosses, atol=0.02)


class Numbers(list):
    """Clips that stand for their embeddings: so many each of two glosses."""

    def __init__(self, embeddings: np.ndarray):
        super().__init__(embeddings)
        self.clips = pd.DataFrame({"variant": np.zeros(len(self), int)})
        self.labels, self.aspects = np.repeat([0, 1], len(self) // 2), np.ones(len(self))


def test_clips_of_one_gloss_scatter_alike_in_all_directions_afterwards(tmp_path):
    noise = np.random.default_rng(0).normal(size=(400, 3)) * (1, 0.5, 0.25)
    clips = Numbers(noise + np.repeat([[3, 0, 0], [0, 3, 0]], 200, axis=0))
    own_signs.write(SimpleNamespace(embedding_size=3, embed=lambda clip, aspect: (None, clip)), clips, tmp_path)
    with np.load(tmp_path / own_signs.FILE) as file:
        scatter = noise @ file["whitening"]
    np.testing.assert_allclose(np.cov(scatter.T), np.eye(3), atol=0.2)


def test_clips_that_are_all_alike_give_finite_numbers(tmp_path):
    clips = corpus(tmp_path / "clips", 4, 2)
    model = SimpleNamespace(embedding_size=3, embed=lambda clip, aspect: (None, np.eye(3)[0]))
    own_signs.write(model, clips, tmp_path)
    with np.load(tmp_path / own_signs.FILE) as file:
        assert all(np.isfinite(file[name]).all() for name in file.files)
