"""Settings as environment variables bring them."""

import pytest

from bentos.settings import Settings
from tests.bentos.environment import from_env


@pytest.mark.parametrize(
    "written", ["http://localhost:8080/v1\n", ' "http://localhost:8080/v1" ', "'http://localhost:8080/v1'"]
)
def test_what_secret_files_and_env_files_leave_around_a_value_does_no_harm(written):
    settings = from_env({"ISLR_LLM_BASE_URL": written, "ISLR_API_KEY": "s3cret\r\n", "ISLR_MAX_FRAMES": '"64"'})
    assert settings.llm_base_url == "http://localhost:8080/v1"
    assert settings.api_key == "s3cret"
    assert settings.max_frames == 64
    assert from_env({"ISLR_LLM_BASE_URL": '""', "ISLR_LLM_MODEL": " "}) == Settings()


@pytest.mark.parametrize(
    "wrong",
    [
        "localhost:8080/v1",
        "api.openai.com/v1",
        "ftp://host/v1",
        "http://",
        "https//host/v1",
        "http://a b/v1",
        "http://host:port/v1",
        "http://[::1/v1",
    ],
)
def test_an_address_of_no_language_model_is_refused_at_start(wrong):
    with pytest.raises(ValueError, match=r"ISLR_LLM_BASE_URL: .*right is an address such as http://localhost:8080/v1"):
        from_env({"ISLR_LLM_BASE_URL": wrong})


def test_a_temperature_can_be_left_out():
    assert from_env({"ISLR_LLM_TEMPERATURE": "none"}).llm_temperature is None
    assert from_env({"ISLR_LLM_TEMPERATURE": "0"}).llm_temperature == 0
    with pytest.raises(ValueError, match="ISLR_LLM_TEMPERATURE"):
        from_env({"ISLR_LLM_TEMPERATURE": "cold"})
