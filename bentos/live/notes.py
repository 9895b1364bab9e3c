"""What one live session passes on to the operator's feedback, and what it forgets."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from bentos.kernel import Kernel
from bentos.live.motion import steady
from bentos.live.phrase import MOST_SIGNS

Kept = list[tuple[float, np.ndarray]]


class Notes:
    """The last signs of a session, for as long as a person may correct them.

    Landmarks are remembered only where the operator keeps them and the person has agreed.

    Args:
        kernel: has the feedback and the model.
    """

    def __init__(self, kernel: Kernel):
        self.consent = False
        self._kernel = kernel
        self._signs: OrderedDict[int, tuple[dict[str, Any], Kept | None, float | None]] = OrderedDict()
        self._tasks: set[asyncio.Future[None]] = set()

    def sign(
        self, number: int, frames: Kept, aspect: float | None, candidates: list[dict[str, Any]], known: bool
    ) -> None:
        """Note a sign that ended.

        Args:
            number: of the sign.
            frames: (time in seconds, (180, 3) landmarks) in the order of time.
            aspect: width / height of the picture.
            candidates: {"gloss", "score"}, best first.
            known: whether the session took it for one of the model's glosses.
        """
        feedback = self._kernel.feedback
        if feedback.mode == "off" or not frames:
            return
        keep = self.consent and feedback.mode == "landmarks"
        self._signs[number] = (candidates[0], frames if keep else None, aspect)
        while len(self._signs) > MOST_SIGNS:
            self._signs.popitem(last=False)
        version = self._version()
        self._write(lambda: feedback.sign("live", version, _as_filmed(frames, aspect), candidates, known))

    def correction(self, number: int, gloss: str) -> None:
        """Note that a person chose a gloss for a sign."""
        feedback = self._kernel.feedback
        if feedback.mode == "off":
            return
        said, frames, aspect = self._signs.get(number, ({}, None, None))
        version = self._version()
        rate = float(self._kernel.recogniser.loaded.metadata.get("frame_rate", 25))

        def write() -> None:
            clip = None if frames is None else (steady(frames, rate), rate, aspect)
            feedback.correction(version, gloss, said.get("gloss"), said.get("score"), clip)

        self._write(write)

    def _version(self) -> str:
        return self._kernel.recogniser.loaded.version.version

    def _write(self, job: Callable[[], None]) -> None:
        """Write in a thread: a slow disk must not hold up the session."""
        task = asyncio.ensure_future(asyncio.to_thread(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Let what is being written finish; forget the rest."""
        self._signs.clear()
        if self._tasks:
            await asyncio.wait(self._tasks)


def _as_filmed(frames: Kept, aspect: float | None) -> tuple[np.ndarray, float, float | None]:
    """The frames as one clip at the camera's mean rate."""
    seconds = frames[-1][0] - frames[0][0]
    fps = (len(frames) - 1) / seconds if seconds > 0 else float("nan")
    return np.stack([landmarks for _, landmarks in frames]).astype(np.float32), fps, aspect
