"""How often Production is right now, on validation clips and on newly labelled ones."""

import hashlib
import json
import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bentos.contract.registry import MODEL_NAME
from stages import paths
from stages.exporting import origin
from stages.watching.memory import Memory

log = logging.getLogger(__name__)


class ProductionAccuracy:
    """Scores the Production version.

    Never on test clips: what they say must not steer the training. Nor on clips that it learnt from, or of another
    language: a version that knows ASL, such as the base, is no worse for not knowing drawn movements.

    Args:
        root: of the clone; the val clips that `transform` wrote there are used.
        labelled: landmark files of newly labelled clips, see `stages.review`.
    """

    def __init__(self, root: Path, labelled: Sequence[Path] = ()):
        self.tensors, self.archives, self.labelled = root / paths.TENSORS, root / paths.ARCHIVES, labelled

    def __call__(self, memory: Memory) -> tuple[str, float, int] | None:
        """(version, accuracy, clips); None without a Production version or without clips. The same is scored once."""
        from bentos.contract.database import DatabaseError
        from bentos.contract.registry import resolve_production
        from stages.tracking.connect import connect

        try:
            client = connect()
        except DatabaseError as error:
            log.warning("the accuracy of Production is not looked at: %s", error)
            return None
        version = resolve_production(client, MODEL_NAME).version
        if version is None:
            return None
        files = self._files(client.get_model_version(MODEL_NAME, version).tags.get("language"))
        if not files:
            return None
        key = f"{version} {_key(files)}"
        known = memory.told.get("scored")
        if known is None or known["key"] != key:
            right, clips = self._score(client, version, files)
            known = memory.told["scored"] = {"key": key, "accuracy": right / max(clips, 1), "clips": clips}
            log.info("version %s is right on %d of %d clips", version, right, clips)
        return version, known["accuracy"], known["clips"]

    def _files(self, language: str | None) -> list[Path]:
        val = self.tensors / "val" / "clips.parquet"
        known = language is not None and self.archives.is_file()
        same = not known or language == origin.language(origin.fetched(self.archives).source)
        return [*([val] if val.is_file() and same else []), *self.labelled]

    def _score(self, client, version: str, files: list[Path]) -> tuple[int, int]:
        from bentos.contract.loading import load
        from bentos.contract.registry import download

        right = clips = 0
        with tempfile.TemporaryDirectory() as scratch:
            folder = download(client, MODEL_NAME, version, Path(scratch))
            model, listed = load(folder), next(folder.rglob("clips.json"), None)
            learnt = set(json.loads(listed.read_text(encoding="utf-8"))["train"]) if listed else set()
            for file in files:
                for landmarks, fps, aspect, gloss in (
                    _npz(file, learnt) if file.suffix == ".npz" else _val(self.tensors)
                ):
                    guess = model.labels[int(model.predict(landmarks, fps, aspect).argmax())]
                    right, clips = right + (guess == gloss), clips + 1
        return right, clips


def _key(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def _val(tensors: Path):
    from stages.dataset.ragged import RaggedClips
    from stages.dataset.spec import TensorSpec

    rate, clips = TensorSpec.read(tensors / "spec.json").frame_rate, RaggedClips.open(tensors / "val")
    for i in range(len(clips)):
        yield clips[i], rate, float(clips.aspects[i]), clips.clips["gloss"][i]


def _npz(file: Path, learnt: set[str]):
    with np.load(file, allow_pickle=False) as arrays:
        frames, offsets, glosses, fps = (arrays[name] for name in ("frames", "offsets", "gloss", "fps"))
        names = arrays["video_id"]
        aspects = arrays["aspect"] if "aspect" in arrays.files else np.full(len(glosses), np.nan)
    for i, gloss in enumerate(glosses):
        if str(names[i]) in learnt:
            continue
        aspect = float(aspects[i])
        yield frames[offsets[i] : offsets[i + 1]], float(fps[i]), aspect if aspect > 0 else None, str(gloss)
