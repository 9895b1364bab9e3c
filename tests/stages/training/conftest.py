"""What tests of training share: one finished training, which takes long."""

import pytest

from stages.training.fit import fit
from tests.stages.clips import corpus, spec
from tests.stages.training.small import GLOSSES, RECIPE


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    return corpus(folder / "train", 36, GLOSSES), corpus(folder / "val", 12, GLOSSES, seed=1, split="val")


@pytest.fixture(scope="session")
def trained(data, tmp_path_factory):
    """(folder, report) of one finished training."""
    folder = tmp_path_factory.mktemp("models") / "gislr"
    return folder, fit(RECIPE, spec(GLOSSES), *data, folder)
