"""Settings of the language model as environment variables bring them."""

import pytest

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
