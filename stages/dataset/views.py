"""Clips as they can be compared with each other: where the base model puts each, and where its hands go."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm import tqdm

from bentos.contract.skeleton import HANDS, LEFT_HAND, RIGHT_HAND
from stages.pose.store import LandmarkStore
from stages.serving_model.pose2gloss import Pose2Gloss, prepare, resample

RATE = 12.5  # frames a second of the hands: enough to tell a recording by, and quick to align


@dataclass(frozen=True)
class Views:
    """Clips in which a hand is seen, and what is compared of them, in one order.

    Attributes:
        clips: video_id, gloss and split, one row a clip.
        embeddings: (clips, E) float32, of unit length, to be compared by cosine.
        hands: for each clip (frames, 42, 2) float32, x and y as fractions of the picture at `RATE`, NaN = not seen;
            see `sideless`.
    """

    clips: pd.DataFrame
    embeddings: np.ndarray
    hands: list[np.ndarray]


def view(store: LandmarkStore, video_ids: Collection[str], model: Pose2Gloss) -> Views:
    """Read clips once for all comparisons; those without any hand are left out.

    Args:
        store: the landmarks.
        video_ids: the clips to read.
        model: gives the embeddings.
    """
    rows, embeddings, hands = [], [], []
    rate = float(model.metadata["frame_rate"])
    progress = tqdm(
        store.read(video_ids), total=len(video_ids), desc="views", unit="clip", mininterval=1.0, disable=None
    )
    for clip in progress:
        if np.isnan(clip.landmarks[:, HANDS]).all():
            continue
        landmarks = resample(clip.landmarks, clip.fps, rate, clip.times)
        rows.append((clip.video_id, clip.gloss, clip.split))
        embeddings.append(model.embed(landmarks, rate, clip.aspect)[1])
        hands.append(sideless(prepare(landmarks, rate, RATE)[:, HANDS, :2]))
    clips = pd.DataFrame(rows, columns=["video_id", "gloss", "split"], dtype=str)
    return Views(clips, np.array(embeddings, np.float32).reshape(len(rows), model.embedding_size), hands)


def sideless(hands: np.ndarray) -> np.ndarray:
    """Hands by place instead of by side: the one further left in the picture first, or the only one.

    Two extractors may tell left and right differently, frame by frame.

    Args:
        hands: (frames, 42, 2) image fractions, NaN = not seen.
    """
    left, right = hands[:, LEFT_HAND], hands[:, RIGHT_HAND]
    turned = np.isnan(left[:, 0, 0]) | (right[:, 0, 0] < left[:, 0, 0])
    return np.where(turned[:, None, None], np.concatenate([right, left], axis=1), hands)
