"""How `bentoml build` packs a version into the bento, and how the built bento finds it again.

BentoML asks a service for its models and labels only when it builds. Both are answered here by the registry: the
version that is Production, or the one named by `bentoml build --arg model_version=3`; without a registry it is the base
model. The files go into BentoML's own model store, so the bento, its container and its exports carry them and never ask
a registry again.
"""

import contextlib
import logging
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import bentoml
from _bentoml_sdk.models.base import Model  # what BentoML's own kinds of model derive from
from bentoml.models import BentoModel
from pydantic import BaseModel

from bentos.contract import integrity, loading, trial
from bentos.delivery import sbom
from bentos.model.versions import FolderSource, RegistryOrBase, RegistrySource, Version, described
from bentos.settings import ROOT, Settings, tracking_uri

log = logging.getLogger(__name__)
VERSION = "version"  # folder in BentoML's own, which gets a file of BentoML's, so that all in it is sealed


class BuildArguments(BaseModel):
    """What `bentoml build --arg name=value` understands."""

    model_version: str = ""


class Chosen:
    """The version to pack, looked up once and only when asked.

    Args:
        arguments: of the build.
    """

    def __init__(self, arguments: BuildArguments):
        self._arguments = arguments

    @cached_property
    def stored(self) -> Any:
        """The version in BentoML's model store.

        Raises:
            SourceError: the registry has no such version or does not answer.
            ModelError: the version's files do not pass the check.
            SbomError: the list of parts cannot be written.
        """
        if not (ROOT / "data" / "page" / "holistic.json").is_file():
            log.warning("data/page is missing: the page in this bento finds no landmarks; run `dvc repro page` first")
        source = RegistryOrBase(RegistrySource(tracking_uri(), Settings.from_env().model_name))
        number = self._arguments.model_version
        version = source.registry.describe(number) if number else source.current()
        folder = source.fetch(version)
        try:
            stored = _store(version, integrity.verify(folder, version.fingerprint))
            sbom.write(stored.info.metadata)
            return stored
        finally:
            source.forget(())

    @property
    def version(self) -> dict[str, str]:
        """Its name, number, run, git and data version."""
        return dict(self.stored.info.metadata)


def _store(version: Version, home: Path) -> Any:
    """Put a verified version into the model store, sealed again without what only training needs."""
    trial.run(home)
    left = shutil.ignore_patterns("__pycache__", ".*", "training")  # compiled code; weights to train on from
    with tempfile.TemporaryDirectory() as scratch:
        packed = shutil.copytree(home, Path(scratch) / "model", ignore=left)
        fingerprint = integrity.seal(packed)
        tag = f"{version.name}:v{version.version}-{fingerprint[:12]}"
        with contextlib.suppress(bentoml.exceptions.NotFound):
            return bentoml.models.get(tag)  # packed before
        facts = described(version, loading.read_metadata(packed)).labels()
        facts |= {"source": "bento", "fingerprint": fingerprint}
        with bentoml.models.create(tag, module="bentos", metadata=facts, labels=_as_labels(facts)) as stored:
            shutil.copytree(packed, Path(stored.path) / VERSION)
    return bentoml.models.get(tag)


class PackedModel(Model[None]):
    """The version to pack as BentoML's build sees it.

    Args:
        chosen: the version to pack.
    """

    def __init__(self, chosen: Chosen):
        self._chosen = chosen

    def to_info(self, alias: str | None = None) -> Any:
        """Asked by `bentoml build`: put the version into the model store and name it."""
        return BentoModel(self._chosen.stored.tag).to_info(alias)

    @classmethod
    def from_info(cls, info: Any) -> Any:
        """A built bento holds an ordinary BentoML model."""
        return BentoModel.from_info(info)

    def to_create_schema(self) -> Any:
        """As an ordinary BentoML model."""
        return BentoModel(self._chosen.stored.tag).to_create_schema()

    def resolve(self, base_path: Any = None) -> None:
        """Asked by `bentoml serve` before it opens the port and starts workers: those load the model themselves."""


class Labels(Mapping[str, str]):
    """The bento's labels: which model version, run, code and data it holds; looked up when the build reads them."""

    def __init__(self, chosen: Chosen):
        self._chosen = chosen

    @cached_property
    def _labels(self) -> dict[str, str]:
        return _as_labels(self._chosen.version)

    def __getitem__(self, key: str) -> str:
        return self._labels[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __bool__(self) -> bool:
        return True  # without asking the registry: serving looks at this too


def _as_labels(version: dict[str, str]) -> dict[str, str]:
    names = {
        "name": "model",
        "version": "model_version",
        "run_id": "run",
        "git_commit": "git",
        "data_version": "data",
    }
    return {label: version[key] for key, label in names.items() if version.get(key)}


def packed_source(bento: Any) -> FolderSource | None:
    """The model inside a built bento, or None when this process does not run from one.

    Args:
        bento: the service's bento, as BentoML sets it.
    """
    if bento is None:
        return None
    info = next(iter(bento.info.all_models))
    stored = bentoml.models.get(info.tag)
    return FolderSource(Path(stored.path) / VERSION, {key: str(value) for key, value in stored.info.metadata.items()})
