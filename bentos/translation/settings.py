"""What an operator can set of the language model, by environment variables."""

import re
import string
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "ISLR_"
_AROUND = string.whitespace + "\"'“”‘’\u00a0\u200b\ufeff"
_SPACE = re.compile(r"\s")


def bare(value: str) -> str:
    """A value without the line end, spaces and quotes that secret files and `docker --env-file` leave around it."""
    return value.strip(_AROUND)


class EnvironmentSettings(BaseSettings):
    """Settings that are environment variables, `ISLR_<NAME>` in capitals."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix=PREFIX)

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: dict[str, Any]) -> dict[str, Any]:
        """An empty variable is one that is not set."""
        trimmed = {name: bare(value) if isinstance(value, str) else value for name, value in given.items()}
        return {name: value for name, value in trimmed.items() if value != ""}

    @classmethod
    def from_env(cls) -> Self:
        """Read the settings from environment variables.

        Raises:
            ValueError: a value does not fit; the message names the variable.
        """
        try:
            return cls()
        except ValidationError as error:
            lines = [
                f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
            ]
            raise ValueError("environment variables do not fit:\n  " + "\n  ".join(lines)) from None


class TranslationSettings(EnvironmentSettings):
    """Settings of the language model."""

    llm_base_url: str = Field("", description="any OpenAI-compatible endpoint; empty = OpenAI's own")
    llm_model: str = Field("gpt-4o-mini", description="model that turns glosses into English")
    llm_max_tokens: int = Field(100, ge=1, description="tokens of an answer; thinking, where a model does, counts too")
    llm_limit_parameter: Literal["max_tokens", "max_completion_tokens"] = Field(
        "max_tokens", description="how the server calls that limit; when it refuses this name, the other one is used"
    )
    llm_temperature: float | None = Field(0.7, ge=0, le=2, description="none = not sent, as after it was refused")
    llm_timeout_seconds: float = Field(4.0, gt=0, description="longest wait for English, retries included")
    llm_attempts: int = Field(3, ge=1, le=10)
    llm_breaker_failures: int = Field(5, ge=1, description="failures in a row after which the LLM is left alone")
    llm_breaker_seconds: float = Field(30.0, gt=0, description="… for so long")
    llm_calls_per_session: float = Field(20, ge=0, description="calls a minute and live session; 0 = no limit")
    llm_calls_per_client: float = Field(60, ge=0, description="calls a minute and address; 0 = no limit")
    llm_calls_at_once: int = Field(16, ge=0, description="calls under way; 0 = no limit")
    llm_calls_per_day: int = Field(10_000, ge=0, description="calls of a day (UTC) of this service; 0 = no limit")
    llm_cache_size: int = Field(1024, ge=0, description="answers kept")
    llm_dollars_per_million_in: float = Field(0.15, ge=0, description="price of the prompt, for the cost metric")
    llm_dollars_per_million_out: float = Field(0.60, ge=0, description="price of the answer, for the cost metric")

    @field_validator("llm_base_url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        try:
            parts = urlsplit(url)
            right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and not _SPACE.search(url)
        except ValueError:  # brackets and ports that cannot be
            right = False
        if url and not right:
            raise ValueError("right is an address such as http://localhost:8080/v1")
        return url

    @field_validator("llm_temperature", mode="before")
    @classmethod
    def _no_temperature(cls, value: Any) -> Any:
        return None if value == "none" else value
