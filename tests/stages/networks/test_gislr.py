"""What holds for this network alone."""

import pytest

from stages.networks import network
from tests.stages.clips import spec


def test_heads_must_divide_the_channels():
    net = network("gislr")
    with pytest.raises(ValueError, match="must divide"):
        net.build(spec(3), net.Hyper(dim=30, heads=4))
