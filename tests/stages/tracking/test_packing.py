"""What travels in a version to train on from."""

from pathlib import Path

import pytest

from bentos.contract.registry import MODEL_NAME
from stages.dataset.spec import TensorSpec
from stages.training.warm import checkpoint
from tests.stages.registry import registered


def test_training_can_go_on_from_a_registered_version(tracked):
    made = registered()
    for which in (f"/{made['version']}", "@production"):
        folder = checkpoint(f"models:/{MODEL_NAME}{which}")
        assert (folder / "model.keras").read_bytes() == Path("data/models/tuned/model.keras").read_bytes()
        assert TensorSpec.read(folder / "spec.json") == TensorSpec.read("data/tensors/spec.json")
    with pytest.raises(FileNotFoundError, match="no weights"):
        checkpoint(f"models:/{MODEL_NAME}/99")
