"""What goes over the wire, for validation and for the OpenAPI document."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bentos.contract.metadata import Accuracy
from bentos.contract.skeleton import NUM_LANDMARKS
from bentos.model.own_signs import MOST_CHARACTERS, MOST_SIGNS, MOST_TAKES

Score = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
MAX_GLOSS = 64  # characters
Gloss = Annotated[str, Field(min_length=1, max_length=MAX_GLOSS)]
# what a signer calls a sign, which a prompt quotes: no line ends, no quotation marks, nothing that marks up
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^\w[\w '’.\-]*$")]
Take = Annotated[str, Field(max_length=MOST_CHARACTERS, description="`embedding` as POST /embed gives it")]


class OwnSign(BaseModel):
    """A sign that the signer taught."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    name: Name = Field(description="what it means; a gloss of the model makes it a variant of that")
    takes: list[Take] = Field(
        min_length=1, max_length=MOST_TAKES, description="its `embedding`s, as POST /embed gives them"
    )


class OwnSigns(BaseModel):
    """The signer's own signs, candidates beside the glosses that are chosen from."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    space: str = Field(max_length=64, description="`space` as POST /embed gave it: takes of another one do not compare")
    signs: list[OwnSign] = Field(min_length=1, max_length=MOST_SIGNS)

    def pairs(self) -> list[tuple[str, list[str]]]:
        """Names with their takes."""
        return [(sign.name, sign.takes) for sign in self.signs]


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


class Embedded(BaseModel):
    """Answer of /embed: where a clip of one sign lies among all signs, and what /predict says of it."""

    predictions: list[Candidate] = Field(description="best first")
    advice: str | None = Field(None, description="as of /predict")
    embedding: str = Field(description="base64 of little-endian float16 numbers of unit length, for `own_signs`")
    space: str = Field(description="which embeddings compare with it: those of the same space")


def _told(signs: list[list[Candidate]]) -> list[list[Candidate]]:
    if not any(signs):
        raise ValueError("no sign has a candidate: there is nothing to translate")
    return signs


class TranslateRequest(BaseModel):
    """Body of /translate: for each sign, in order, its candidates, best first; none where it was not recognised."""

    model_config = ConfigDict(extra="forbid", strict=True)

    candidates: Annotated[
        list[Annotated[list[Candidate], Field(max_length=10)]],
        Field(min_length=1, max_length=50),
        AfterValidator(_told),
    ]
    own_signs: list[Name] = Field([], max_length=MOST_SIGNS, description="names of own signs among the candidates")


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


class Refusal(BaseModel):
    """A version that does not serve."""

    version: str
    reason: str
    since: str = Field(description="ISO 8601, UTC")


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
    own_signs: bool = Field(description="whether this version takes signs that a signer taught")
    space: str | None = Field(description="of its embeddings, see /embed; null: it gives none")
    feedback: Literal["off", "summaries", "landmarks"] = Field(description="what this server keeps; see /live")
    metrics: dict[str, Any]
    warning: str | None = Field(description="something a person must settle, such as two versions marked Production")
    refused: list[Refusal] = Field(description="versions refused since the one that is named last served")
    looked_at: str | None = Field(description="when it was last known what should serve; ISO 8601, UTC")


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
            "own_signs": {"anyOf": [_inlined(OwnSigns), {"type": "null"}]},
        },
    }


def _inlined(model: type[BaseModel]) -> dict[str, Any]:
    """JSON schema of a model with its parts in their places."""
    parts = (schema := model.model_json_schema()).pop("$defs", {})

    def put(value: Any) -> Any:
        if isinstance(value, list):
            return [put(item) for item in value]
        if not isinstance(value, dict):
            return value
        return (
            put(parts[value["$ref"].rpartition("/")[2]]) if "$ref" in value else {k: put(v) for k, v in value.items()}
        )

    return put(schema)
