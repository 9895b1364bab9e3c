"""Where the model comes from: the registry's Production version, a folder that is baked in, or the base model."""

import hashlib
import logging
import os
import shutil
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from bentos.contract import database, integrity
from bentos.contract.registry import MODEL_NAME
from bentos.settings import BASE, OWN_REGISTRY, ROOT

log = logging.getLogger(__name__)


class SourceError(Exception):
    """The source of models cannot be reached, or has none; the message says which, for people."""


class NothingRegisteredError(SourceError):
    """The registry answers, and holds no version of the model."""


@dataclass(frozen=True)
class Version:
    """One version of the model and where it comes from.

    Attributes:
        fingerprint: of its files as they were registered, "" where a registry holds none; None: no registry was asked.
        state: changes when its files do, where they are not downloaded.
    """

    name: str
    version: str
    run_id: str = ""
    git_commit: str = ""
    data_version: str = ""
    source: str = "registry"
    fingerprint: str | None = None
    state: str = ""

    def labels(self) -> dict[str, str]:
        """For logs, /metadata and a bento's labels."""
        return {key: value for key, value in asdict(self).items() if value and key != "state"}


def described(version: Version, metadata: dict[str, Any]) -> Version:
    """Fill in from the model's own description what the source did not say."""
    return replace(
        version,
        git_commit=version.git_commit or str(metadata.get("git_commit") or ""),
        data_version=version.data_version or str(metadata.get("data_version") or ""),
    )


class Source(Protocol):
    """Gives versions of the model."""

    @property
    def warning(self) -> str | None:
        """Something that a person must settle, in a sentence."""

    def current(self) -> Version:
        """The version to serve now; raises SourceError when there is none."""

    def fetch(self, version: Version) -> Path:
        """A folder with its files; raises SourceError."""

    def forget(self, keep: tuple[Path, ...]) -> None:
        """Remove what was fetched, but for the folders in `keep`."""


class FolderSource:
    """A model in a folder: a bento's own, or one that a person points to. Needs no registry."""

    warning: str | None = None

    def __init__(self, folder: Path, version: dict[str, str] | None = None):
        self.folder = folder
        self._version = version or {}

    def current(self) -> Version:
        """The folder's version."""
        if not self.folder.is_dir():
            raise SourceError(f"there is no folder {self.folder}")
        known = {key: value for key, value in self._version.items() if key in Version.__dataclass_fields__}
        state = hashlib.sha256(repr(integrity.stamps(self.folder)).encode()).hexdigest()
        return Version(**({"name": MODEL_NAME, "version": "0", "source": "folder"} | known | {"state": state}))

    def fetch(self, version: Version) -> Path:
        """The folder itself."""
        return self.folder

    def forget(self, keep: tuple[Path, ...]) -> None:
        """Nothing was fetched: nothing to remove."""


class RegistrySource:
    """The Production version in an MLflow registry.

    MLflow is imported when the registry is first asked, so that a bento with its own model never needs it. A database
    is opened anew at each look: a file that was put in its place, such as a backup, is not missed.
    """

    def __init__(self, tracking_uri: str, name: str):
        self.tracking_uri = tracking_uri
        self.name = name
        self.warning: str | None = None
        self._client: Any = None
        self._file: tuple[int, int] | None = None  # device and number of the database that the client was made for
        self._folders: list[Path] = []

    def current(self) -> Version:
        """Ask the registry which version is Production."""
        from bentos.contract import registry

        try:
            resolution = registry.resolve_production(self._connected(), self.name)
            self.warning = resolution.disagreement
            if resolution.version is None:
                kind = SourceError if resolution.marks.exists else NothingRegisteredError
                raise kind(f"{resolution.reason} (registry {self._address}); promote a version")
            return self.describe(resolution.version)
        except SourceError:
            raise
        except Exception as error:  # SQL, HTTP and file errors alike mean: no answer from the registry
            raise SourceError(f"the registry {self._address} does not answer: {_short(error)}") from error

    def describe(self, number: str) -> Version:
        """What the registry knows of one version."""
        found = self._connected().get_model_version(self.name, number)
        tags = found.tags or {}
        return Version(
            name=self.name,
            version=str(number),
            run_id=found.run_id or "",
            git_commit=tags.get("git_commit", ""),
            data_version=tags.get("data_version", ""),
            fingerprint=tags.get(integrity.TAG, ""),
        )

    def fetch(self, version: Version) -> Path:
        """Download a version's files; the folders of older ones are removed by `forget`."""
        from bentos.contract import registry

        folder = Path(tempfile.mkdtemp(prefix=f"islr-{version.name}-{version.version}-"))
        self._folders.append(folder)
        try:
            return registry.download(self._connected(), self.name, version.version, folder)
        except SourceError:
            raise
        except Exception as error:  # as above
            raise SourceError(f"its files cannot be fetched: {_short(error)}") from error

    def forget(self, keep: tuple[Path, ...]) -> None:
        """Remove downloaded folders, but for those that hold one of `keep`."""
        for folder in list(self._folders):
            if not any(path.is_relative_to(folder) for path in keep):
                shutil.rmtree(folder, ignore_errors=True)
                self._folders.remove(folder)

    @property
    def _address(self) -> str:
        return database.without_password(self.tracking_uri)

    def _connected(self) -> Any:
        path = database.file_of(self.tracking_uri)
        file = _identity(path)
        if self._client is not None and file == self._file and (path is None or file is not None):
            return self._client
        try:
            database.check(self.tracking_uri)  # of a file that is missing, MLflow would make a new one
        except database.DatabaseError as error:
            raise SourceError(str(error)) from error
        database.bring_home(self.tracking_uri, ROOT)
        os.environ.setdefault("MLFLOW_SQLALCHEMYSTORE_POOLCLASS", "NullPool")
        from mlflow import MlflowClient

        if self._client is not None:
            log.warning("the registry %s was replaced by another file", self._address)
        self._client = MlflowClient(tracking_uri=self.tracking_uri, registry_uri=self.tracking_uri)
        self._file = file
        return self._client


class RegistryOrBase:
    """The registry's Production version; the base model while nobody has named or made a registry, or it is empty.

    A registry that has once given a version is not left for the base again: what serves goes on serving.

    Args:
        registry: asked at every look.
        base: folder of the base model.
    """

    def __init__(self, registry: RegistrySource, base: Path = BASE):
        self.registry = registry
        self._base = FolderSource(base, {"name": registry.name, "version": "base", "source": "base"})
        self._why = ""
        self._registered = False

    @property
    def warning(self) -> str | None:
        """What the registry warns of."""
        return self.registry.warning

    def current(self) -> Version:
        """The Production version, or the base."""
        try:
            version = self.registry.current()
        except SourceError as error:
            empty = isinstance(error, NothingRegisteredError) or self._unmade()
            if self._registered or not empty:
                raise
            self._why = str(error)
            try:
                return self._base.current()
            except SourceError as missing:
                raise SourceError(f"{error}, and no base model: {missing}") from None
        self._registered = True
        return version

    def _unmade(self) -> bool:
        """Whether the registry is the one that the pipeline makes, and has not made yet."""
        return self.registry.tracking_uri == OWN_REGISTRY and not Path(OWN_REGISTRY.removeprefix("sqlite:///")).exists()

    def fetch(self, version: Version) -> Path:
        """Download a registered version's files; the base lies where it is."""
        if version.source != "base":
            return self.registry.fetch(version)
        log.info("%s: the base model in %s is taken until a version is promoted", self._why, self._base.folder)
        return self._base.fetch(version)

    def forget(self, keep: tuple[Path, ...]) -> None:
        """Remove what was downloaded, but for the folders in `keep`."""
        self.registry.forget(keep)


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Device and number of a file, None when there is none."""
    if file is None or not file.is_file():
        return None
    found = file.stat()
    return found.st_dev, found.st_ino


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200] or type(error).__name__
