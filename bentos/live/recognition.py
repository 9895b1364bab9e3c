"""A stretch of a live stream put to the model."""

import asyncio
from typing import Any

import numpy as np

from bentos.errors import NoModelError, RefusedError
from bentos.kernel import Kernel
from bentos.live.motion import steady

BUSY_TRIES, BUSY_WAIT = 40, 0.05
Kept = list[tuple[float, np.ndarray]]


async def recognise(kernel: Kernel, frames: Kept, aspect: float | None, top_n: int) -> list[dict[str, Any]]:
    """The likeliest glosses of some frames.

    Args:
        kernel: has the model.
        frames: (time in seconds, (180, 3) landmarks) in the order of time; at least one.
        aspect: width / height of the picture.
        top_n: glosses wanted.

    Raises:
        RefusedError: no model, too busy, or frames in which nothing can be recognised.
    """
    loaded = kernel.recogniser.loaded
    rate = float(loaded.metadata.get("frame_rate", 25))

    def job() -> list[dict[str, Any]]:
        return loaded.best(loaded.predict(steady(frames, rate), None, aspect), top_n)

    return await kernel.recogniser.run(job)


async def patiently(kernel: Kernel, frames: Kept, aspect: float | None, top_n: int) -> list[dict[str, Any]] | None:
    """As `recognise`, but it is not given up because the model is busy for a moment; None when it cannot be done."""
    if not frames:
        return None
    for _ in range(BUSY_TRIES):
        try:
            return await recognise(kernel, frames, aspect, top_n)
        except NoModelError:
            return None
        except RefusedError as error:
            if error.status != 503:
                return None
            await asyncio.sleep(BUSY_WAIT)
    return None
