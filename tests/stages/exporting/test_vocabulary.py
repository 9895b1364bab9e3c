"""What travels as vocabulary.npz: small, whole again where it is read, and nobody's recording."""

import struct
from pathlib import Path

import numpy as np
import pytest

from bentos.model.vocabulary import example
from stages.dataset.ragged import RaggedClips, RaggedWriter
from stages.exporting import figures, golden, neutral, vocabulary
from stages.exporting.warping import distance
from tests.stages.exporting.signing import ASPECT, recording

GLOSSES = ("book", "drink", "go", "who", "never")
RECORDINGS = {"book": 5, "drink": 4, "go": 2, "who": 9, "never": 0}


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> RaggedClips:
    """Recordings of some glosses, one signer in four left-handed, and two changed copies of each."""
    folder = tmp_path_factory.mktemp("clips") / "train"
    with RaggedWriter(folder) as writer:
        for label, gloss in enumerate(GLOSSES):
            for n in range(1, RECORDINGS[gloss] + 1):
                clip = recording(label, 10 * label + n, left_handed=n % 4 == 0, body=n % 2 == 0)
                known = {"gloss": gloss, "split": "train", "signer": str(n), "source": ""}
                for variant in range(3):
                    changed = clip + 0.02 * variant * np.random.default_rng(variant).random(clip.shape)
                    writer.add(
                        changed, label, video_id=f"{gloss}{n}", variant=variant, fps=25.0, aspect=ASPECT, **known
                    )
    return RaggedClips.open(folder)


@pytest.fixture(scope="module")
def drawn(clips) -> dict[str, np.ndarray]:
    return vocabulary.draw(clips, 25.0, GLOSSES)


def read(folder: Path, gloss: str) -> np.ndarray:
    """What GET /vocabulary/{gloss} would give, as landmarks."""
    content = example(folder, gloss)
    fps, aspect, frames, scale = struct.unpack_from("<ffII", content)
    assert (fps, aspect, scale) == (12.5, pytest.approx(ASPECT), vocabulary.SCALE)
    steps = np.frombuffer(content, "<i2", offset=16).reshape(frames, 180, 3)
    return np.where(steps == vocabulary.UNSEEN, np.nan, steps / scale)


def test_glosses_with_fewer_than_three_recordings_have_no_figure(drawn):
    assert list(drawn) == ["book", "drink", "who"]


def test_what_is_read_is_what_was_drawn(drawn, tmp_path):
    vocabulary.write(drawn, 12.5, tmp_path)
    for gloss, figure in drawn.items():
        np.testing.assert_allclose(read(tmp_path, gloss), figure, atol=0.51 / vocabulary.SCALE)
    assert example(tmp_path, "go") is None


def test_a_vocabulary_without_figures_can_be_written_and_asked(tmp_path):
    vocabulary.write({}, 12.5, tmp_path)
    assert example(tmp_path, "book") is None


def test_hands_that_come_and_go_are_kept(tmp_path):
    hands = np.full((9, 42, 3), np.nan)
    rng = np.random.default_rng(0)
    hands[2:5, :21], hands[7:, :21] = rng.uniform(-1, 1, (3, 21, 3)), rng.uniform(-1, 1, (2, 21, 3))
    figure = neutral.with_body(hands)
    vocabulary.write({"first": golden.made_up(1), "second": figure}, 12.5, tmp_path)
    np.testing.assert_allclose(read(tmp_path, "second"), figure, atol=0.51 / vocabulary.SCALE)


def test_fifteen_hundred_glosses_fit_into_their_share(drawn, tmp_path):
    many = {f"gloss {i}": np.roll(list(drawn.values())[i % 3], i, axis=0) for i in range(30)}
    vocabulary.write(many, 12.5, tmp_path)
    assert (tmp_path / vocabulary.FILE).stat().st_size / 30 < 2.6e6 / 1500


def test_no_version_holds_a_recording(clips, drawn, tmp_path):
    """Neither as it is, nor moved, scaled, mirrored, at another speed, or with the noise of what is stored."""
    clean = recording()
    noise = distance(hands(clean), hands(np.round(clean * vocabulary.SCALE) / vocabulary.SCALE))
    vocabulary.write(drawn, 12.5, tmp_path)
    with np.load(tmp_path / vocabulary.FILE) as file:
        assert not {"video_id", "signer"} & set(file.files)
    shown = [read(tmp_path, gloss) for gloss in drawn] + [clip for _, clip in golden.choose(drawn, 12)]
    assert len(shown) == 15
    for figure in map(hands, shown):
        for i in np.flatnonzero(clips.clips["variant"] == 0):
            clip = hands(clips[i])
            assert min(distance(figure, clip), distance(figure, figures.mirrored(clip))) > 3 * noise


def hands(landmarks: np.ndarray) -> np.ndarray:
    """Centred, scaled and brought to one rate; figures are at theirs already."""
    rate = 12.5 if np.isfinite(landmarks[:, 48:]).any() else 25.0
    return figures.moving_hands(landmarks, rate, ASPECT)
