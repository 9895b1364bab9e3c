"""How often Production is right now, on validation clips and on newly labelled ones."""

import hashlib
import logging
import tempfile
from pathlib import Path

import numpy as np

from bentos.contract.registry import MODEL_NAME
from stages import paths
from stages.exporting import origin
from stages.watching.memory import Memory

log = logging.getLogger(__name__)


class ProductionAccuracy:
    """Scores the Production version; each pair of version and clips once.

    Never on test clips: what they say must not steer the training. Nor on clips of another language: a version that
    knows ASL, such as the base, is no worse for not knowing drawn movements.

    Args:
        root: of the clone; the val clips that `transform` wrote there are used.
        labelled: folder with more clips that people labelled, as landmark files (.npz); may be missing.
    """

    def __init__(self, root: Path, labelled: Path | None = None):
        self.tensors, self.archives, self.labelled = root / paths.TENSORS, root / paths.ARCHIVES, labelled

    def __call__(self, memory: Memory) -> tuple[str, str, float, int] | None:
        """(key of the clips, version, accuracy, clips); None without a Production version or without clips."""
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
        key = _key(files)
        known = memory.seen.get("accuracy")
        if known is None or known["key"] != key or known["version"] != version:
            right, clips = self._score(client, version, files)
            known = {"key": key, "version": version, "accuracy": right / max(clips, 1), "clips": clips}
            memory.seen["accuracy"] = known
            log.info("version %s is right on %d of %d clips", version, right, clips)
        return key, version, known["accuracy"], known["clips"]

    def _files(self, language: str | None) -> list[Path]:
        val = self.tensors / "val" / "clips.parquet"
        more = sorted(self.labelled.glob("*.npz")) if self.labelled and self.labelled.is_dir() else []
        known = language is not None and self.archives.is_file()
        same = not known or language == origin.language(origin.fetched(self.archives).source)
        return ([val] if val.is_file() and same else []) + more

    def _score(self, client, version: str, files: list[Path]) -> tuple[int, int]:
        from bentos.contract.loading import load
        from bentos.contract.registry import download

        right = clips = 0
        with tempfile.TemporaryDirectory() as scratch:
            model = load(download(client, MODEL_NAME, version, Path(scratch)))
            for file in files:
                for landmarks, fps, aspect, gloss in _npz(file) if file.suffix == ".npz" else _val(self.tensors):
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


def _npz(file: Path):
    with np.load(file, allow_pickle=False) as arrays:
        frames, offsets, glosses, fps = (arrays[name] for name in ("frames", "offsets", "gloss", "fps"))
        aspects = arrays["aspect"] if "aspect" in arrays.files else np.full(len(glosses), np.nan)
    for i, gloss in enumerate(glosses):
        aspect = float(aspects[i])
        yield frames[offsets[i] : offsets[i + 1]], float(fps[i]), aspect if aspect > 0 else None, str(gloss)
