"""What tests of augmentation share."""

import numpy as np
import pytest


@pytest.fixture
def clip():
    return np.random.default_rng(0).uniform(0, 1, (40, 180, 3)).astype(np.float32)
