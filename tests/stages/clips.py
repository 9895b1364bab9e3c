"""Made-up landmarks that move like a signer, for tests of everything after extraction."""

import numpy as np

from bentos.contract.skeleton import FACE, LEFT_SHOULDER, MIRROR, NUM_LANDMARKS, RIGHT_SHOULDER
from stages.dataset.ragged import RaggedClips, RaggedWriter
from stages.dataset.spec import TensorSpec


def signer(frames: int = 30, sign: int = 0, seed: int = 0) -> np.ndarray:
    """(frames, 180, 3) float32, nothing missing: a symmetric still body whose right hand draws a curve.

    Args:
        frames: length.
        sign: which curve, and how far the fingers are apart.
        seed: of place, size and tremor.
    """
    rng = np.random.default_rng(seed)
    body = np.random.default_rng(9).uniform(-0.5, 0.5, (NUM_LANDMARKS, 3)).astype(np.float32)
    mirrored = body[list(MIRROR)] * np.array([-1, 1, 1], np.float32)
    body = (body + mirrored) / 2  # as symmetric as a person
    body[FACE] *= 0.3
    body[FACE, 1] -= 0.5
    body[LEFT_SHOULDER], body[RIGHT_SHOULDER] = (0.3, -0.2, 0), (-0.3, -0.2, 0)
    clip = np.repeat(body[None], frames, axis=0)
    time = np.linspace(0, 2 * np.pi, frames, dtype=np.float32)
    clip[:, 21:42] *= 0.2 + 0.1 * (sign % 3)
    clip[:, 21:42, 0] += 0.3 * np.cos(time * (1 + sign % 2))[:, None]
    clip[:, 21:42, 1] += 0.3 * np.sin(time * (1 + sign // 2))[:, None]
    clip = clip * rng.uniform(0.2, 0.3) + rng.uniform(0.4, 0.6, 3).astype(np.float32)
    return (clip + rng.normal(0, 0.002, clip.shape)).astype(np.float32)


def corpus(folder, count: int, glosses: int, seed: int = 0, split: str = "train") -> RaggedClips:
    """`count` clips of `glosses` signs, 18 to 34 frames long, written and opened."""
    rng = np.random.default_rng(seed)
    with RaggedWriter(folder) as writer:
        for i in range(count):
            sign = i % glosses
            writer.add(
                signer(int(rng.integers(18, 35)), sign, seed * 1000 + i),
                sign,
                **{"video_id": f"{split}{i:04}", "gloss": f"g{sign}", "split": split, "signer": "s", "source": "made"},
                **{"fps": 25.0, "aspect": 1.0, "variant": 0},
            )
    return RaggedClips.open(folder)


def spec(glosses: int, points: tuple[int, ...] = tuple(range(48))) -> TensorSpec:
    """Hands and pose, `glosses` labels."""
    return TensorSpec(tuple(f"g{i}" for i in range(glosses)), points)
