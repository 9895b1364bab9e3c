"""What one live session passes on to the operator's feedback, and what it forgets."""

from collections import OrderedDict
from typing import Any

from bentos.kernel import Kernel
from bentos.live.frames import TimedClip
from bentos.live.phrase import MAX_SIGNS


class Notes:
    """The last signs of a session, for as long as a person may correct them.

    Landmarks are remembered only where the operator keeps them and the person has agreed.

    Args:
        kernel: has the feedback and the model.
    """

    def __init__(self, kernel: Kernel):
        self.consent = False
        self._kernel = kernel
        self._signs: OrderedDict[int, tuple[dict[str, Any], TimedClip | None]] = OrderedDict()

    def sign(self, number: int, clip: TimedClip, candidates: list[dict[str, Any]], known: bool) -> None:
        """Note a sign that ended.

        Args:
            number: of the sign.
            clip: its frames.
            candidates: {"gloss", "score"}, best first.
            known: whether the session took it for one of the model's glosses.
        """
        feedback = self._kernel.feedback
        if feedback.mode == "off" or not clip.frames or not self._known(candidates[0]["gloss"]):
            return
        keep = self.consent and feedback.mode == "landmarks"
        self._signs[number] = (candidates[0], clip if keep else None)
        while len(self._signs) > MAX_SIGNS:
            self._signs.popitem(last=False)
        version = self._version()
        feedback.sign("live", version, lambda: (*clip.as_filmed(), clip.aspect), candidates, known)

    def correction(self, number: int, gloss: str) -> None:
        """Note that a person chose a gloss for a sign."""
        feedback = self._kernel.feedback
        if feedback.mode == "off" or not self._known(gloss):
            return
        said, clip = self._signs.get(number, ({}, None))
        version = self._version()
        rate = float(self._kernel.recogniser.loaded.metadata.get("frame_rate", 25))
        kept = None if clip is None else lambda: (clip.at_rate(rate), rate, clip.aspect)
        feedback.correction(version, gloss, said.get("gloss"), said.get("score"), kept)

    def _known(self, gloss: str) -> bool:
        """Whether it is the model's: what people call their own signs, and how they sign them, is not kept."""
        return gloss in self._kernel.recogniser.loaded.known

    def _version(self) -> str:
        return self._kernel.recogniser.loaded.version.version

    def close(self) -> None:
        """Forget them."""
        self._signs.clear()
