"""What goes over the wire, for validation and for the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from bentos.contract.metadata import Accuracy
from bentos.contract.skeleton import NUM_LANDMARKS

Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
MAX_GLOSS = 64  # characters
Gloss = Annotated[str, Field(min_length=1, max_length=MAX_GLOSS)]


class Candidate(BaseModel):
    """One gloss and how sure the model is."""

    gloss: Gloss
    score: Score


class SignPrediction(BaseModel):
    """One sign of a clip."""

    start: float = Field(description="seconds from the first frame")
    end: float
    sure: bool = Field(description="whether the best is sure enough for a word")
    predictions: list[Candidate] = Field(description="best first")


class Predictions(BaseModel):
    """Answer of /predict: of a clip of one sign, or, where `signs` was asked for, of each sign that it holds."""

    predictions: list[Candidate] | None = Field(None, description="best first")
    signs: list[SignPrediction] | None = Field(None, description="in order")
    advice: str | None = Field(None, description="where left and right of the landmarks seem wrong: what is right")


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


class KnownGloss(BaseModel):
    """A gloss of the model and what it was learnt from; null: not known."""

    gloss: str
    clips: int | None
    signers: int | None
    figure: bool = Field(description="whether GET /vocabulary/{gloss} has an example to draw")


class Vocabulary(BaseModel):
    """Answer of /vocabulary: all that the model knows, in the order of its labels."""

    glosses: list[KnownGloss]


class Metadata(BaseModel):
    """The model that serves and what it can do."""

    name: str
    version: str
    run_id: str
    git_commit: str
    data_version: str
    source: str = Field(description="where the version comes from: registry, base, bento or folder")
    labels: list[str]
    vocabulary: list[str] = Field(description="labels chosen from where a client does not choose itself")
    language: str | None = Field(description="ASL, or drawn: movements for trying the machine; null: not known")
    learnt_from_source: str | None = Field(description="data that the model was learnt from")
    accuracy: list[Accuracy]
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
    frame = {"type": "array", "items": point, "minItems": NUM_LANDMARKS, "maxItems": NUM_LANDMARKS}
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
            "vocabulary": {
                "type": ["array", "null"],
                "items": {"type": "string", "minLength": 1, "maxLength": MAX_GLOSS},
                "minItems": 1,
                "description": "labels of the model to choose from; null = the server's choice, see /metadata",
            },
            "fps": {"type": ["number", "null"], "minimum": 1, "maximum": 240, "description": "frames a second"},
            "signs": {
                "type": ["boolean", "null"],
                "default": False,
                "description": "true: the clip may hold several signs; the answer is `signs`, one for each",
            },
            "aspect": {"type": ["number", "null"], "minimum": 0.1, "maximum": 10, "description": "width / height"},
        },
    }
