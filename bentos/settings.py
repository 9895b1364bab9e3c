"""What an operator can set, all by environment variables, read once per process."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from bentos.contract.registry import MODEL_NAME
from bentos.http.origins import ANY, canonical
from bentos.model.choice import Choice
from bentos.translation.settings import TranslationSettings, bare

ROOT = Path(__file__).resolve().parent.parent
BASE = ROOT / "data" / "base"  # the version that comes with the repository
OWN_REGISTRY = f"sqlite:///{ROOT / 'mlflow.db'}"


class Settings(TranslationSettings):
    """Settings of the service; each is the environment variable `ISLR_<NAME>` in capitals."""

    # the model
    model_name: str = Field(MODEL_NAME, description="registered model to serve")
    model_dir: Path | None = Field(None, description="serve this folder instead of the registry's Production version")
    poll_seconds: float = Field(10.0, gt=0, description="seconds between two looks at the registry")
    vocabulary: Annotated[Choice, NoDecode] = Field(
        None,
        description='glosses to choose from: "all", "first 300", or the path of a text file with a gloss a line; by '
        "default the most with which the model is right in 70 % of its val clips",
    )

    # the page
    page_dir: Path = Field(ROOT / "data" / "page", description="MediaPipe for the browser, as the stage page writes it")

    # limits
    max_frames: int = Field(512, ge=1, description="frames in one /predict body")
    max_body_bytes: int = Field(16 * 2**20, ge=1024, description="bytes of one request body, if it is not JSON")
    max_waiting: int = Field(64, ge=1, description="clips that may wait for the model in one process; more get 503")
    rate_per_minute: float = Field(1200, ge=0, description="requests a minute and client to /predict; 0 = no limit")
    costly_per_minute: float = Field(60, ge=0, description="requests a minute and client to /translate; 0 = no limit")
    api_key: str = Field(
        "",
        description="/translate and English in /live want it as bearer token; without one the language model is asked "
        'for clients on this machine only, with "none" for everybody, within llm_calls_…',
    )
    operator_key: str = Field(
        "",
        description="/metrics and the ids in /metadata want it as a bearer token; none: only this machine may",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="names by which the server is asked, by commas; * = any; addresses and names without dot need none",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="other origins whose pages may call, by commas; * = all"
    )

    # live sessions
    live_sessions: int = Field(64, ge=0, description="sessions in one process")
    live_sessions_per_client: int = Field(16, ge=1, description="sessions of one address in one process")
    live_idle_seconds: float = Field(120, gt=0, description="a session that sends nothing for so long is closed")
    live_max_fps: float = Field(70, gt=0, description="frames a second and session; more are dropped")
    live_threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="a sign less sure than this gets no word; by default what the version was calibrated to",
    )
    live_phrase_pause: float = Field(1.5, gt=0, description="seconds without a sign that end a phrase")
    live_repeat_seconds: float = Field(0.8, ge=0, description="the same gloss again so soon is one sign")
    resume_secret: str = Field("", description="signs resume tokens; without it the processes agree on one themselves")
    resume_seconds: float = Field(120, gt=0, description="how long a lost session can be taken up again")

    # feedback
    feedback_dir: Path | None = Field(None, description="folder for summaries of signs and corrections; none: nothing")
    feedback_landmarks: bool = Field(False, description="also keep landmarks of corrected signs of people who agree")
    feedback_max_mb: float = Field(64, gt=0, description="MB of events, and MB of landmarks, kept at most")

    @field_validator("cors_origins", "hosts", mode="before")
    @classmethod
    def _by_commas(cls, origins: Any) -> Any:
        return tuple(bare(x) for x in origins.split(",") if bare(x)) if isinstance(origins, str) else origins

    @field_validator("cors_origins")
    @classmethod
    def _canonical_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        return (ANY,) if ANY in origins else tuple(dict.fromkeys(canonical(origin) for origin in origins))


def tracking_uri(environ: Mapping[str, str] | None = None) -> str:
    """Where the registry is: `MLFLOW_TRACKING_URI`, else `mlflow.db` in the repository's root."""
    environ = os.environ if environ is None else environ
    return environ.get("MLFLOW_TRACKING_URI") or OWN_REGISTRY
