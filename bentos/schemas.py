"""What goes over the wire, for validation and for the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Gloss = Annotated[str, Field(min_length=1, max_length=64)]


class Candidate(BaseModel):
    """One gloss and how sure the model is."""

    gloss: Gloss
    score: Score


class Predictions(BaseModel):
    """Answer of /predict, best first."""

    predictions: list[Candidate]


class TranslateRequest(BaseModel):
    """Body of /translate: for each sign, in order, its candidates, best first."""

    model_config = ConfigDict(extra="forbid", strict=True)

    candidates: Annotated[
        list[Annotated[list[Candidate], Field(min_length=1, max_length=10)]], Field(min_length=1, max_length=50)
    ]


class Translation(BaseModel):
    """English and where it comes from."""

    text: str
    source: Literal["llm", "glosses"]
    glosses: list[str]


class Correction(BaseModel):
    """Body of /feedback: what a recognised sign really was."""

    model_config = ConfigDict(extra="forbid", strict=True)

    gloss: Gloss = Field(description="what the sign was, a gloss of the model")
    instead_of: Gloss | None = Field(None, description="what the model had said")
    score: Score | None = Field(None, description="how sure it was")


class Kept(BaseModel):
    """Answer of /feedback."""

    kept: bool


class Health(BaseModel):
    """Whether a model answers."""

    status: Literal["ok", "unavailable"]
    model: str | None = None
    version: str | None = None
    reason: str | None = None


class Metadata(BaseModel):
    """The model that serves and what it can do."""

    name: str
    version: str
    run_id: str
    git_commit: str
    data_version: str
    source: str
    labels: list[str]
    max_frames: int = Field(description="frames at the model's rate that it looks at")
    padding_value: float
    num_landmarks: int
    frame_rate: float = Field(description="frames a second the model works at")
    request_max_frames: int = Field(description="frames that /predict takes at most")
    translation: Literal["llm", "glosses"]
    translation_model: str | None
    network: str | None
    feedback: Literal["off", "summaries", "landmarks"] = Field(description="what this server keeps; see /live")
    metrics: dict[str, Any]
    warning: str | None = Field(description="something a person must settle, such as two versions marked Production")


class Error(BaseModel):
    """What is wrong and what is right."""

    error: str
    where: str | None = None


def predict_request_schema(max_frames: int) -> dict[str, Any]:
    """JSON schema of the body of /predict, which is read without building a model of it."""
    coordinate = {"type": ["number", "null"], "minimum": -100, "maximum": 100}
    point = {"type": "array", "items": coordinate, "minItems": 3, "maxItems": 3, "description": "x, y, z"}
    frame = {"type": "array", "items": point, "minItems": 180, "maxItems": 180}
    return {
        "type": "object",
        "required": ["landmarks"],
        "additionalProperties": False,
        "properties": {
            "landmarks": {
                "type": "array",
                "items": frame,
                "minItems": 1,
                "maxItems": max_frames,
                "description": "[frame][point][x, y, z] as fractions of the picture, unmirrored; null = not seen",
            },
            "top_n": {"type": ["integer", "null"], "minimum": 1, "default": 5},
            "fps": {"type": ["number", "null"], "minimum": 1, "maximum": 240, "description": "frames a second"},
            "aspect": {"type": ["number", "null"], "minimum": 0.1, "maximum": 10, "description": "width / height"},
        },
    }
