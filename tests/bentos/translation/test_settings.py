"""Settings of the language model as environment variables bring them."""

import pytest
from pydantic import ValidationError

from bentos.translation.settings import TranslationSettings
from tests.bentos.environment import from_env


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


def test_all_that_does_not_fit_is_named_at_once():
    with pytest.raises(ValueError, match="environment variables do not fit") as caught:
        from_env({"ISLR_LLM_MAX_TOKENS": "0", "ISLR_LLM_TIMEOUT_SECONDS": "soon", "ISLR_LLM_MODEL": "local"})
    assert "ISLR_LLM_MAX_TOKENS: Input should be greater than" in str(caught.value)
    assert "ISLR_LLM_TIMEOUT_SECONDS: Input should be a valid number" in str(caught.value)
    assert "ISLR_LLM_MODEL" not in str(caught.value)


def test_the_runner_reads_its_own_and_passes_over_the_rest(monkeypatch):
    monkeypatch.setenv("ISLR_LLM_MODEL", "local")
    monkeypatch.setenv("ISLR_MAX_FRAMES", "64")
    settings = TranslationSettings.from_env()
    assert settings.llm_model == "local"
    assert not hasattr(settings, "max_frames")
    with pytest.raises(ValidationError, match="llm_modle"):  # what is given in code is held to its names
        TranslationSettings(llm_modle="local")
