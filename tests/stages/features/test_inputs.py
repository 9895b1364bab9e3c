"""What the networks take in: features of frames, a picture of points, and the mask of what was padded."""

import numpy as np
import pytest
from keras import ops

from bentos.contract.skeleton import FACE
from stages.features.body import BodyNormalization
from stages.features.inputs import FrameFeatures, PaddingMask, PointImage
from tests.stages.clips import signer
from tests.stages.features.seen import features, without


def test_a_part_that_is_not_looked_at_does_not_tell_by_being_there():
    clip, chosen = signer(), FrameFeatures(tuple(range(42)))
    whole, faceless = (
        ops.convert_to_numpy(chosen(*BodyNormalization()(c[None], np.ones(1, np.float32))))
        for c in (clip, without(clip, FACE))
    )
    np.testing.assert_array_equal(whole, faceless)


@pytest.mark.parametrize("layer", [FrameFeatures, PointImage])
def test_missing_points_give_numbers(layer):
    clip = signer()
    rng = np.random.default_rng(0)
    clip[rng.random((30, 180)) < 0.5] = np.nan
    clip[5:9] = np.nan
    assert np.isfinite(features(clip, layer)).all()


@pytest.mark.parametrize("lost", [slice(None), slice(0, 42), slice(42, 180)], ids=["all", "hands", "pose and face"])
def test_whole_parts_missing_give_numbers(lost):
    clip = signer()
    clip[:, lost] = np.nan
    assert np.isfinite(features(clip)).all()


def test_differences_are_zero_at_gaps():
    clip = signer(20)
    clip[8:11, 21:42] = np.nan
    one_apart = slice(2 * 60 + 3 * 42, 2 * 60 + 3 * 42 + 2 * 60)  # channels of the change over one frame
    change = features(clip)[:, one_apart].reshape(20, 60, 2)[:, 21:42]
    assert not change[7:11].any()  # 7 to 8, 8 to 9, 9 to 10 and 10 to 11 all lack an end
    assert change[6].any()
    assert change[11].any()
    assert np.abs(change).max() < 1  # never a jump to or from nothing


def test_the_mask_finds_what_was_padded():
    padded = np.full((1, 4, 3), -100, np.float32)
    padded[0, 1:3] = [[0, 1, 2], [3, 4, 5]]
    values, mask = PaddingMask(-100)(padded)
    np.testing.assert_array_equal(ops.convert_to_numpy(mask)[0, :, 0], [0, 1, 1, 0])
    np.testing.assert_array_equal(ops.convert_to_numpy(values)[0], [[0, 0, 0], [0, 1, 2], [3, 4, 5], [0, 0, 0]])


@pytest.mark.parametrize("layer", [FrameFeatures, PointImage])
def test_layers_come_back_from_their_configuration(layer):
    made = layer((1, 5, 9), -7.0)
    again = layer.from_config(made.get_config())
    assert (again.chosen_landmarks, again.padding_value) == ((1, 5, 9), -7.0)
    shape = again.compute_output_shape((2, 30, 180, 3), (2, 30, 180, 1), (2, 30, 1), (2, 1, 1, 4))
    outputs = BodyNormalization()(signer()[None], np.ones(1, np.float32))
    assert tuple(again(*outputs).shape)[1:] == shape[1:]
