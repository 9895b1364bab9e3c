"""What is compared of clips: the base model's embeddings, and hands without sides."""

from dataclasses import replace

import numpy as np
import pytest

from stages.dataset.views import sideless, view
from stages.pose.store import LandmarkStore
from stages.serving_model.pose2gloss import Pose2Gloss
from tests.stages import corpora
from tests.stages.validation import BASE, hands_only, without_hands


@pytest.fixture(scope="module")
def model():
    return Pose2Gloss(BASE)


def test_views_of_all_kinds_of_clips(tmp_path, model):
    whole = corpora.clip(1)
    times = np.arange(len(whole.landmarks)) / whole.fps
    clips = [
        whole,
        without_hands(corpora.clip(2)),
        replace(hands_only(whole), video_id="hands", width=0, height=0),
        replace(whole, video_id="uneven", times=(times + 0.01 * (np.arange(len(times)) % 2)).tolist()),
        corpora.clip(3),
    ]
    corpora.write(tmp_path, clips)
    seen = view(LandmarkStore(tmp_path / "data" / "landmarks"), ["00001", "00002", "hands", "uneven"], model)
    assert list(seen.clips["video_id"]) == ["00001", "hands", "uneven"]
    assert list(seen.clips.iloc[0]) == ["00001", whole.gloss, whole.split]
    assert seen.embeddings.shape == (3, model.embedding_size)
    np.testing.assert_allclose(np.linalg.norm(seen.embeddings, axis=1), 1, rtol=1e-5)
    assert seen.embeddings[0] @ seen.embeddings[2] > 0.9
    there = [np.isfinite(h).all(axis=(1, 2)) | np.isfinite(h[:, :21]).all(axis=(1, 2)) for h in seen.hands]
    assert all(
        h.shape[1:] == (42, 2) and h.dtype == np.float32 and t[0] for h, t in zip(seen.hands, there, strict=True)
    )
    assert abs(len(seen.hands[0]) - len(whole.landmarks) / whole.fps * 12.5) < 4  # ends without hands are cut


def test_views_of_nothing(tmp_path, model):
    corpora.write(tmp_path, [without_hands(corpora.clip(2))])
    seen = view(LandmarkStore(tmp_path / "data" / "landmarks"), ["00002"], model)
    assert seen.clips.empty
    assert seen.embeddings.shape == (0, model.embedding_size)
    assert seen.hands == []


def test_hands_by_place():
    left, right = np.full((4, 21, 2), 0.7, np.float32), np.full((4, 21, 2), 0.2, np.float32)
    left[1], right[2], left[3], right[3] = np.nan, np.nan, 0.1, 0.9
    placed = sideless(np.concatenate([left, right], axis=1))[..., 0]
    np.testing.assert_allclose(placed[:, 0], [0.2, 0.2, 0.7, 0.1])
    np.testing.assert_allclose(placed[:, 21], [0.7, np.nan, np.nan, 0.9])
