"""A drawn clip: seen by MediaPipe, different by gloss, signer and take, encoded as said."""

import numpy as np
import pytest

from bentos.contract.skeleton import PARTS
from stages.corpus.drawn.sample import encode_clip, render_clip, write_video
from stages.pose.extractor import ExtractorSettings, HolisticExtractor
from stages.pose.video import decode


def test_mediapipe_finds_the_drawn_signer():
    extractor = HolisticExtractor(ExtractorSettings())
    for gloss, signer, both in (("many", 2, True), ("black", 10, False)):
        landmarks = extractor(decode(encode_clip(gloss, signer, 0)[0]))
        seen = {part: (~np.isnan(landmarks[:, rows, 0])).all(axis=1).mean() for part, rows in PARTS.items()}
        assert seen["pose"] == 1
        assert seen["face"] > 0.95
        assert seen["left_hand"] > 0.85
        assert (seen["right_hand"] > 0.85) == both
    extractor.close()


def test_takes_signers_and_glosses_look_different():
    base = render_clip("book", 1, 0)[0]
    for other in (render_clip("book", 1, 1)[0], render_clip("book", 4, 0)[0], render_clip("yes", 1, 0)[0]):
        shared = min(len(base), len(other))
        assert np.abs(base[:shared].astype(int) - other[:shared]).mean() > 2


def test_unknown_glosses_and_signers_are_named():
    with pytest.raises(ValueError, match="no script for 'xyz'"):
        render_clip("xyz", 1)
    with pytest.raises(ValueError, match="no signer 99"):
        render_clip("book", 99)


def test_encoded_clip_tells_what_it_holds():
    data, properties = encode_clip("yes", 3, 0)
    frames, fps = render_clip("yes", 3, 0)
    assert len(data) > 1000
    assert properties == {"frames": len(frames), "fps": fps, "width": 480, "height": 360}


def test_a_video_that_cannot_be_written_is_an_error(tmp_path):
    with pytest.raises(OSError, match="cannot write"):
        write_video(np.zeros((2, 48, 64, 3), np.uint8), 25, tmp_path / "missing" / "clip.mp4")
