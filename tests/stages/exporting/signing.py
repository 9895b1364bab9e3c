"""Made-up recordings of the same sign by several signers."""

import numpy as np

from bentos.contract.skeleton import HANDS, MIRROR
from stages.exporting import golden, neutral

ASPECT = neutral.ASPECT


def recording(
    sign: int = 0, signer: int = 0, left_handed: bool = False, body: bool = False, fps: float = 25.0
) -> np.ndarray:
    """(frames, 180, 3) image fractions: a made-up moving hand, by a signer of some size, place, hand, speed and tremor.

    Args:
        sign: which movement; two hands where it is odd.
        signer: whose; 0 has the hand as it was made up, and is steady.
        left_handed: the mirrored movement.
        body: whether shoulders are seen.
        fps: frames a second.
    """
    rng = np.random.default_rng([signer, 7])
    steady = signer == 0
    clip = golden.made_up(sign)
    if left_handed:
        clip = clip[:, MIRROR]
        clip[..., 0] = 1 - clip[..., 0]
    length = round((2.0 if steady else rng.uniform(1.6, 2.6)) * fps)
    place = np.linspace(0, len(clip) - 1, length)
    bent = (place / place[-1]) ** (1.0 if steady else rng.uniform(0.8, 1.25)) * place[-1]  # not evenly fast
    low = np.floor(bent).astype(int).clip(max=len(clip) - 2)
    share = (bent - low)[:, None, None]
    clip = clip[low] * (1 - share) + clip[low + 1] * share
    if not steady:
        tremor, fingers = rng.normal(0, 0.003, clip.shape), rng.normal(0, 0.012, clip.shape[1:])
        size, shift = rng.uniform(0.9, 1.1), rng.normal(0, 0.02, 3)
        clip = (clip - 0.5) * size + 0.5 + shift + fingers + tremor
    clip[:, HANDS.stop if not body else 44 :] = np.nan
    return clip.astype(np.float32)
