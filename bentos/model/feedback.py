"""What the service remembers of the signs it was asked about, where an operator wants that: off by default.

A folder that all processes share: `events.jsonl` holds a line of JSON for each sign or correction, numbers from which
nobody can be recognised, with the hour, and neither address nor session; `landmarks/` holds the landmarks of signs that
a person corrected, a `.npz` in the format of imported landmarks each, and only where that person has agreed. Both are
bounded. A disk that is full or gone never fails a request.
"""

import contextlib
import fcntl
import json
import logging
import math
import os
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np

from bentos.contract.feedback import EVENTS, LANDMARKS, OLDER
from bentos.contract.summary import measure
from bentos.settings import Settings

log = logging.getLogger(__name__)


class Feedback:
    """Writes events; every method may be called from any thread of any process.

    Args:
        settings: `feedback_dir`, `feedback_landmarks` and `feedback_max_mb`.
    """

    def __init__(self, settings: Settings):
        self.folder: Path | None = settings.feedback_dir
        self._keeps_landmarks = settings.feedback_landmarks
        self._most = int(settings.feedback_max_mb * 2**20)
        self._told = False

    @property
    def mode(self) -> Literal["off", "summaries", "landmarks"]:
        """What may be kept: nothing, numbers and corrections, or landmarks as well where a person agrees."""
        if self.folder is None:
            return "off"
        return "landmarks" if self._keeps_landmarks else "summaries"

    def sign(
        self,
        kind: Literal["predict", "live"],
        version: str,
        clip: tuple[np.ndarray, float, float | None],
        candidates: Sequence[dict[str, Any]],
        known: bool = True,
    ) -> None:
        """Note a sign that was recognised, or was too unsure to be.

        Args:
            kind: the route.
            version: of the model.
            clip: landmarks (frames, 180, 3) with NaN for what was not seen, frames a second, and width / height of the
                picture, if that is known.
            candidates: {"gloss", "score"}, best first.
            known: False for a sign that was none of the model's, because it was too unsure.
        """
        if self.folder is None:
            return
        landmarks, fps, aspect = clip
        features = {name: _number(value) for name, value in measure(landmarks, fps).items()}
        self._note(
            {
                "kind": kind,
                "model": version,
                "frames": len(landmarks),
                "fps": _number(fps),
                "aspect": None if aspect is None else _number(aspect),
                "features": features,
                "gloss": candidates[0]["gloss"],
                "score": _number(candidates[0]["score"]),
                "known": known,
            }
        )

    def correction(
        self,
        version: str,
        gloss: str,
        instead_of: str | None,
        score: float | None = None,
        clip: tuple[np.ndarray, float, float | None] | None = None,
    ) -> None:
        """Note that a person says what a sign was.

        Args:
            version: of the model.
            gloss: what the person chose.
            instead_of: what the model had said; equal to `gloss` where the person confirms it; None: not known.
            score: how sure the model was.
            clip: the sign's landmarks as for `sign`, given only where the person agreed that they are kept.
        """
        if self.folder is None:
            return
        kept = self._keep(gloss, clip) if clip is not None and self.mode == "landmarks" else None
        event = {"kind": "correction", "model": version, "gloss": gloss, "instead_of": instead_of}
        self._note(event | {"score": None if score is None else _number(score), "landmarks": kept})

    def _note(self, event: dict[str, Any]) -> None:
        """Append a line; when the file has its half of the room, it takes the place of the older one."""
        hour = datetime.now(UTC).strftime("%Y-%m-%dT%H")
        line = json.dumps({"hour": hour, **event}, ensure_ascii=False, allow_nan=False) + "\n"
        with self._failing_softly(), self._alone() as folder:
            file = folder / EVENTS
            if file.exists() and file.stat().st_size + len(line) > self._most // 2:
                file.replace(folder / OLDER)
            descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)

    def _keep(self, gloss: str, clip: tuple[np.ndarray, float, float | None]) -> str | None:
        """Write a clip as imported landmarks; returns the file's name, None when there is no room."""
        landmarks, fps, aspect = clip
        name = f"{uuid.uuid4().hex}.npz"
        with self._failing_softly(), self._alone() as folder:
            home = folder / LANDMARKS
            home.mkdir(mode=0o700, exist_ok=True)
            if sum(path.stat().st_size for path in home.iterdir()) + landmarks.size * 2 > self._most:
                raise OSError(f"{home} holds all that feedback_max_mb allows")
            part = home / f".{name}.part"
            with part.open("wb") as file:
                np.savez_compressed(
                    file,
                    frames=landmarks.astype(np.float16),
                    offsets=np.array([0, len(landmarks)], np.int64),
                    video_id=np.array([name.removesuffix(".npz")]),
                    gloss=np.array([gloss]),
                    split=np.array(["train"]),
                    fps=np.array([fps], np.float32),
                    aspect=np.array([math.nan if aspect is None else aspect], np.float32),
                )
            part.replace(home / name)
            return name
        return None

    @contextlib.contextmanager
    def _alone(self) -> Iterator[Path]:
        """Be the only process that writes, for as long as the block lasts."""
        folder = self.folder or Path()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (folder / ".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield folder

    @contextlib.contextmanager
    def _failing_softly(self) -> Iterator[None]:
        """Say once what goes wrong with the disk, and go on."""
        try:
            yield
        except OSError as error:
            if not self._told:
                log.warning("feedback is lost: %s", error)
            self._told = True


def _number(value: float) -> float | None:
    """A value with all its digits, so that it falls into the same bin as training's; None for NaN."""
    return float(value) if math.isfinite(value) else None
