"""Where the model comes from: the registry's Production version, else the base, and when neither serves."""

import logging
import shutil

import pytest

from bentos.contract import registry
from bentos.model import versions
from bentos.model.versions import RegistryOrBase, RegistrySource, SourceError

NAME = "pose2gloss"


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")


@pytest.fixture
def base(tmp_path):
    """A folder for what must not be opened here."""
    (tmp_path / "base").mkdir()
    return tmp_path / "base"


def source_for(uri: str, base) -> RegistryOrBase:
    return RegistryOrBase(RegistrySource(uri, NAME), base)


def test_without_a_registry_the_base_serves_and_nothing_is_made(tmp_path, base, monkeypatch, caplog):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setattr(versions, "OWN_REGISTRY", uri)
    source = source_for(uri, base)
    version = source.current()
    assert (version.name, version.version, version.source) == (NAME, "base", "base")
    with caplog.at_level(logging.INFO):
        assert source.fetch(version) == base
    assert f"there is no database {tmp_path}/mlflow.db yet" in caplog.text
    assert f"the base model in {base} is taken until a version is promoted" in caplog.text
    assert not (tmp_path / "mlflow.db").exists()


def test_an_empty_registry_is_followed_by_the_base_then_by_what_is_promoted(mlflow_client, mlflow_uri, base):
    source = source_for(mlflow_uri, base)
    assert source.current().version == "base"
    mlflow_client.create_registered_model(NAME)
    assert source.current().version == "base"  # a name without a version
    mlflow_client.create_model_version(NAME, source=str(base))
    with pytest.raises(SourceError, match="promote a version"):  # a version, and nobody has promoted it
        source.current()
    registry.point_at(mlflow_client, NAME, "1", by="test", why="test")
    assert (source.current().version, source.current().source) == ("1", "registry")
    mlflow_client.delete_registered_model(NAME)
    with pytest.raises(SourceError, match=f"no version of {NAME} is registered"):  # what serves goes on serving
        source.current()


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("http://127.0.0.1:9", "does not answer"),
        ("sqlite:///{tmp}/missing.db", "there is no database {tmp}/missing.db yet"),
        ("sqlite:///{tmp}/broken.db", "{tmp}/broken.db"),
    ],
)
def test_a_registry_that_is_named_and_does_not_answer_is_no_reason_for_the_base(tmp_path, base, uri, says):
    (tmp_path / "broken.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(SourceError) as caught:
        source_for(uri.format(tmp=tmp_path), base).current()
    assert says.format(tmp=tmp_path) in str(caught.value)
    assert not (tmp_path / "missing.db").exists()


def test_a_registry_that_is_put_in_place_of_another_is_noticed(mlflow_client, mlflow_uri, empty_mlflow, base, tmp_path):
    """As when a backup is brought back."""
    file = tmp_path / "mlflow.db"
    mlflow_client.create_registered_model(NAME)
    mlflow_client.create_model_version(NAME, source=str(base), run_id="a" * 32)
    registry.point_at(mlflow_client, NAME, "1", by="test", why="test")
    backup = shutil.copy(file, tmp_path / "backup.db")
    mlflow_client.create_model_version(NAME, source=str(base))
    registry.point_at(mlflow_client, NAME, "2", by="test", why="test")
    source = source_for(mlflow_uri, base)
    assert source.current().version == "2"
    backup.replace(file)
    assert source.current().version == "1"
    shutil.copy(empty_mlflow, tmp_path / "empty.db").replace(file)
    with pytest.raises(SourceError, match=f"no version of {NAME} is registered"):
        source.current()


def test_without_registry_and_base_both_are_named(tmp_path, monkeypatch):
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setattr(versions, "OWN_REGISTRY", uri)
    with pytest.raises(SourceError) as caught:
        source_for(uri, tmp_path / "base").current()
    assert f"there is no database {tmp_path}/mlflow.db yet" in str(caught.value)
    assert f"there is no folder {tmp_path / 'base'}" in str(caught.value)
