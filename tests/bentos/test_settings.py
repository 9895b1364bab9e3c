"""Settings as environment variables bring them."""

import pytest

from bentos.settings import OWN_REGISTRY, Settings, tracking_uri
from tests.bentos.environment import from_env
from tests.bentos.serving import ROOT


@pytest.mark.parametrize(
    "written", ["http://localhost:8080/v1\n", ' "http://localhost:8080/v1" ', "'http://localhost:8080/v1'"]
)
def test_what_secret_files_and_env_files_leave_around_a_value_does_no_harm(written):
    settings = from_env({"ISLR_LLM_BASE_URL": written, "ISLR_API_KEY": "s3cret\r\n", "ISLR_MAX_FRAMES": '"64"'})
    assert settings.llm_base_url == "http://localhost:8080/v1"
    assert settings.api_key == "s3cret"
    assert settings.max_frames == 64
    assert from_env({"ISLR_LLM_BASE_URL": '""', "ISLR_LLM_MODEL": " "}) == Settings()


def test_the_registry_is_the_one_that_is_named_or_the_repositorys_own():
    assert tracking_uri({"MLFLOW_TRACKING_URI": "http://server:5000"}) == "http://server:5000"
    assert tracking_uri({"MLFLOW_TRACKING_URI": ""}) == tracking_uri({}) == OWN_REGISTRY
    assert f"sqlite:///{ROOT}/mlflow.db" == OWN_REGISTRY
