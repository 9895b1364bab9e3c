"""What the first layers make of one clip."""

import numpy as np
from keras import ops

from stages.features.body import BodyNormalization
from stages.features.inputs import FrameFeatures

CHOSEN = tuple(range(60))


def body(clip, aspect=1.0):
    """points, seen, signing, chest of one clip, without the batch's axis."""
    outputs = BodyNormalization()(np.asarray(clip, np.float32)[None], np.array([aspect], np.float32))
    return [ops.convert_to_numpy(o)[0] for o in outputs]


def features(clip, layer=FrameFeatures, aspect=1.0):
    outputs = BodyNormalization()(np.asarray(clip, np.float32)[None], np.array([aspect], np.float32))
    return ops.convert_to_numpy(layer(CHOSEN)(*outputs))[0]


def without(clip, *parts):
    """A copy in which these parts were not seen."""
    clip = clip.copy()
    for part in parts:
        clip[:, part] = np.nan
    return clip
