"""A model without an output that nobody reads computes the others as before."""

from pathlib import Path

import mediapipe
import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter

from stages.pose.graph import POSE_MODEL, SEGMENTATION
from stages.pose.pruning import without_output


@pytest.fixture(scope="module")
def model() -> bytes:
    return (Path(mediapipe.__file__).parents[1] / POSE_MODEL).read_bytes()


def outputs(model: bytes, picture: np.ndarray) -> list[np.ndarray]:
    interpreter = Interpreter(model_content=model, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], picture)
    interpreter.invoke()
    return [interpreter.get_tensor(detail["index"]) for detail in interpreter.get_output_details()]


def test_the_pose_without_the_segmentation_is_the_same_pose(model) -> None:
    picture = np.random.default_rng(0).random((1, 256, 256, 3), np.float32)
    whole, less = outputs(model, picture), outputs(without_output(model, SEGMENTATION), picture)
    assert whole[SEGMENTATION].shape == (1, 256, 256, 1)
    assert len(less) == len(whole)
    for position in {*range(len(whole))} - {SEGMENTATION}:
        np.testing.assert_array_equal(less[position], whole[position])
    np.testing.assert_array_equal(less[SEGMENTATION], whole[0])


@pytest.mark.parametrize("position", [0, -1, 5])
def test_an_output_that_is_not_there_is_refused(model, position) -> None:
    with pytest.raises(ValueError, match="5 outputs"):
        without_output(model, position)
