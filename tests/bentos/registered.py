"""Versions in a registry, as the pipeline and a person put them there."""

from pathlib import Path

from mlflow import MlflowClient

from bentos.contract import integrity, registry

NAME = "pose2gloss"


def register(client: MlflowClient, folder: Path) -> str:
    """Register a model's folder as the next version; returns its number."""
    try:
        client.create_registered_model(NAME)
    except Exception as error:
        assert "already exists" in str(error)  # noqa: PT017
    sealed = {integrity.TAG: integrity.fingerprint(folder)}
    return str(client.create_model_version(NAME, source=str(folder), tags=sealed).version)


def promote(client: MlflowClient, version: str) -> None:
    """Make a version Production."""
    registry.point_at(client, NAME, version, by="test", why="test")
