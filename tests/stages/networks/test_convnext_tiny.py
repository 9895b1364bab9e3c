"""What holds for this network alone."""

import keras

from stages.networks.convnext_tiny import Hyper, build
from tests.stages.clips import spec


def test_stages_double_their_channels_and_deeper_blocks_are_dropped_more():
    model = build(spec(3), Hyper(width=4, depths=(1, 1, 2, 1), dropout=0.1))
    blocks = [layer for layer in model.layers if isinstance(layer, keras.layers.DepthwiseConv2D)]
    assert [block.output.shape[-1] for block in blocks] == [4, 8, 16, 16, 32]
    rates = [layer.rate for layer in model.layers if type(layer) is keras.layers.Dropout]
    assert rates[0] == 0
    assert rates == sorted(set(rates))
    assert rates[-1] < 0.1
    assert model.get_layer("embedding").output.shape == (None, 256)
    assert model.get_layer("logits").prototypes.shape == (256, 3)
