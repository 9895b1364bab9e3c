"""What tests of tracking share."""

import pytest

from stages.tracking import connect


@pytest.fixture
def tracking(mlflow_uri, monkeypatch, tmp_path):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", mlflow_uri)
    monkeypatch.setenv("MLFLOW_DEFAULT_ARTIFACT_ROOT", str(tmp_path / "artifacts"))
    return connect.connect()
