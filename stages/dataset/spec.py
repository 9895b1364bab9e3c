"""What the tensors of a data set mean: written by `transform`, read by everything after it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from bentos.contract.skeleton import SKELETON_VERSION
from stages.reports.files import write_json


@dataclass(frozen=True)
class TensorSpec:
    """What a model must know of its input.

    Attributes:
        labels: the glosses; a label is an index into them.
        chosen_landmarks: rows of the 180 points that a network sees, ascending.
        frame_rate: frames a second.
        max_frames: longest clip.
        padding_value: what stands, after normalisation, in frames that are not there.
        skeleton_version: version of the table of points.
    """

    labels: tuple[str, ...]
    chosen_landmarks: tuple[int, ...]
    frame_rate: float = 25.0
    max_frames: int = 195
    padding_value: float = -100.0
    skeleton_version: str = SKELETON_VERSION

    def write(self, path: str | Path) -> None:
        """Write as JSON."""
        write_json(Path(path), asdict(self))

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Read what `write` wrote.

        Raises:
            ValueError: written for another skeleton.
        """
        fields = json.loads(Path(path).read_text(encoding="utf-8"))
        for name in ("labels", "chosen_landmarks"):
            fields[name] = tuple(fields[name])
        spec = cls(**fields)
        if spec.skeleton_version != SKELETON_VERSION:
            raise ValueError(
                f"{path} is of skeleton {spec.skeleton_version}, this code is of {SKELETON_VERSION}: run `dvc repro`"
            )
        return spec
