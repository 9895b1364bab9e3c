"""What an operator can set, all by environment variables, read once per process."""

import os
import re
import string
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from bentos.http.origins import ANY, canonical
from bentos.model.choice import Choice

PREFIX = "ISLR_"
_AROUND = string.whitespace + "\"'“”‘’\u00a0\u200b\ufeff"
_SPACE = re.compile(r"\s")
ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / "data" / "base"  # the version that comes with the repository
OWN_REGISTRY = f"sqlite:///{ROOT / 'mlflow.db'}"


class Settings(BaseModel):
    """Settings of the service; each is the environment variable `ISLR_<NAME>` in capitals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # the model
    model_name: str = Field("pose2gloss", description="registered model to serve")
    model_dir: Path | None = Field(None, description="serve this folder instead of the registry's Production version")
    poll_seconds: float = Field(10.0, gt=0, description="seconds between two looks at the registry")
    vocabulary: Choice = Field(
        None,
        description='glosses to choose from: "all", "first 300", or the path of a text file with a gloss a line; by '
        "default the most with which the model is right in 60 % of its val clips",
    )

    # the page
    page_dir: Path = Field(ROOT / "data" / "page", description="MediaPipe for the browser, as the stage page writes it")

    # limits
    max_frames: int = Field(512, ge=1, description="frames in one /predict body")
    max_body_bytes: int = Field(16 * 2**20, ge=1024, description="bytes of one request body")
    max_waiting: int = Field(64, ge=1, description="clips that may wait for the model in one process; more get 503")
    rate_per_minute: float = Field(0, ge=0, description="requests a minute and client to /predict; 0 = no limit")
    costly_per_minute: float = Field(60, ge=0, description="requests a minute and client to /translate; 0 = no limit")
    api_key: str = Field("", description="when set, /translate and English in /live want it as a bearer token")
    cors_origins: tuple[str, ...] = Field((), description="other origins whose pages may call, by commas; * = all")

    # live sessions
    live_sessions: int = Field(64, ge=0, description="sessions in one process")
    live_idle_seconds: float = Field(120, gt=0, description="a session that sends nothing for so long is closed")
    live_max_fps: float = Field(70, gt=0, description="frames a second and session; more are dropped")
    live_threshold: float = Field(0.35, ge=0, le=1, description="a sign less sure than this is none of the known ones")
    live_phrase_pause: float = Field(1.5, gt=0, description="seconds without a sign that end a phrase")
    live_repeat_seconds: float = Field(0.8, ge=0, description="the same gloss again so soon is one sign")
    resume_secret: str = Field("", description="signs resume tokens; without it the processes agree on one themselves")
    resume_seconds: float = Field(120, gt=0, description="how long a lost session can be taken up again")

    # feedback
    feedback_dir: Path | None = Field(None, description="folder for summaries of signs and corrections; none: nothing")
    feedback_landmarks: bool = Field(False, description="also keep landmarks of corrected signs of people who agree")
    feedback_max_mb: float = Field(64, gt=0, description="MB of events, and MB of landmarks, kept at most")

    # translation
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
    llm_cache_size: int = Field(1024, ge=0, description="answers kept")
    llm_dollars_per_million_in: float = Field(0.15, ge=0, description="price of the prompt, for the cost metric")
    llm_dollars_per_million_out: float = Field(0.60, ge=0, description="price of the answer, for the cost metric")

    @field_validator("cors_origins")
    @classmethod
    def _canonical_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return (ANY,) if ANY in origins else tuple(dict.fromkeys(canonical(origin) for origin in origins))

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

    @classmethod
    def from_env(cls, environ: Mapping[str, str] | None = None) -> "Settings":
        """Read the settings from environment variables.

        Raises:
            ValueError: a value does not fit; the message names the variable.
        """
        environ = os.environ if environ is None else environ
        values: dict[str, Any] = {}
        for name in cls.model_fields:
            raw = bare(environ.get(PREFIX + name.upper(), ""))
            if not raw:
                continue
            values[name] = tuple(bare(x) for x in raw.split(",") if bare(x)) if name == "cors_origins" else raw
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            lines = [
                f"{PREFIX}{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors()
            ]
            raise ValueError("environment variables do not fit:\n  " + "\n  ".join(lines)) from None


def bare(value: str) -> str:
    """A value without the line end, spaces and quotes that secret files and `docker --env-file` leave around it."""
    return value.strip(_AROUND)


def tracking_uri(environ: Mapping[str, str] | None = None) -> str:
    """Where the registry is: `MLFLOW_TRACKING_URI`, else `mlflow.db` in the repository's root."""
    environ = os.environ if environ is None else environ
    return environ.get("MLFLOW_TRACKING_URI") or OWN_REGISTRY
