"""What a network sees of a frame is chosen by name, and the channels follow."""

import numpy as np
import pytest
from keras import ops

from stages.features.body import BodyNormalization, hand_shapes
from stages.features.inputs import FrameFeatures
from stages.features.pieces import PIECES, STANDARD, TRACKED, UnknownPieceError
from tests.stages.clips import signer

CHOSEN = (*range(42), 43, 60)


def body(seed: int = 0) -> list[np.ndarray]:
    """points, seen, signing, chest of two clips, a fifth of whose points is missing; the second has no body."""
    rng = np.random.default_rng(seed)
    clips = np.stack([signer(30, 0, seed), signer(30, 1, seed + 1)])
    clips[rng.random(clips.shape[:3]) < 0.2] = np.nan
    clips[1, :, 42:] = np.nan
    outputs = BodyNormalization()(clips, np.array([1.0, 1.5], np.float32))
    return [ops.convert_to_numpy(output) for output in outputs]


def features(**config) -> np.ndarray:
    layer = FrameFeatures.from_config({"chosen_landmarks": list(CHOSEN), "padding_value": -100.0} | config)
    return ops.convert_to_numpy(layer(*body()))


def test_a_layer_saved_before_pieces_could_be_chosen_sees_what_it_saw():
    """The formula of then, in NumPy."""
    points, seen, signing, chest = body()
    place, place_seen = points[:, :, CHOSEN, :2], seen[:, :, CHOSEN]
    shape, shape_seen = ops.convert_to_numpy(hand_shapes(points, seen)), seen[:, :, :42]
    pieces = [place, shape]
    for apart in (1, 2):
        for values, known in ((place, place_seen), (shape, shape_seen)):
            change = np.zeros_like(values)
            change[:, :-apart] = (values[:, apart:] - values[:, :-apart]) * known[:, apart:] * known[:, :-apart]
            pieces.append(change)
    tracked = points[:, :, TRACKED, :2] - chest[..., :2]
    pieces.append(tracked / np.maximum(chest[..., 2:3], 0.1) * seen[:, :, TRACKED])
    pieces.append(np.broadcast_to(chest[..., 3:], (2, 30, 1, 1)))
    pieces += [seen[:, :, part].max(axis=2, keepdims=True) for part in (slice(21), slice(21, 42), slice(42, 48))]
    pieces.append(seen[:, :, 48:].max(axis=2, keepdims=True))
    expected = np.concatenate([piece.reshape(2, 30, -1) for piece in pieces], axis=-1)
    np.testing.assert_allclose(features(), np.where(signing > 0.5, expected, -100), atol=1e-6)


@pytest.mark.parametrize("pieces", [STANDARD[::-1], ("shape", "place"), *((name,) for name in PIECES)], ids="-".join)
def test_channels_are_those_of_the_names_in_their_order(pieces):
    whole, layer = FrameFeatures(CHOSEN, pieces=tuple(PIECES)), FrameFeatures(CHOSEN, pieces=pieces)
    names = layer.channels()
    assert list(dict.fromkeys(name for name, _, _ in names)) == list(pieces)
    assert len(set(names)) == len(names) == layer.compute_output_shape(*[(2, 30)] * 4)[-1]
    columns = [whole.channels().index(name) for name in names]
    np.testing.assert_array_equal(features(pieces=pieces), features(pieces=tuple(PIECES))[..., columns])


def test_pieces_are_part_of_the_configuration():
    config = FrameFeatures(CHOSEN, pieces=("chest_seen", "place")).get_config()
    assert config["pieces"] == ["chest_seen", "place"]
    assert FrameFeatures.from_config(config).pieces == ("chest_seen", "place")
    assert set(STANDARD) <= set(PIECES)


@pytest.mark.parametrize(
    ("pieces", "error", "said"),
    [
        (("place", "bones"), UnknownPieceError, "no piece 'bones': choose from place, shape"),
        (("place", "place"), ValueError, "each piece once"),
        ((), ValueError, "at least one"),
    ],
)
def test_pieces_that_cannot_be_are_refused(pieces, error, said):
    with pytest.raises(error, match=said):
        FrameFeatures(CHOSEN, pieces=pieces)
