"""Messages of /live: a class each, and a union of those each way, told apart by `type`.

README's table, the page's types and the fuzz test are made from the unions. After a change, run
`python -m bentos.live.protocol`, which writes the first two.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from bentos.http.schemas import Gloss, OwnSigns

SignNumber = Annotated[int, Field(description="number of the sign, rising through the session")]
PhraseNumber = Annotated[int, Field(description="number of the phrase, rising through the session")]
Token = Annotated[str, Field(description="resume token: the phrase as it is now, for `start` after a lost connection")]
WhyNone = Annotated[
    Literal["unsure", "too_short", "busy"],
    Field(description="best score below the threshold, movement too short, or the model had no time"),
]
Milliseconds = Annotated[float, Field(description="ms of the client's clock")]


class _Message(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


# ---------------------------------------------------------------------- client to server


class Start(_Message):
    """Settings of the session, and the phrase to resume. Optional; must come before everything else."""

    type: Literal["start"] = "start"
    aspect: float | None = Field(None, ge=0.1, le=10, description="width / height of the picture; null: about 4 / 3")
    top_n: int = Field(5, ge=1, le=10, description="candidates of each sign")
    threshold: float | None = Field(
        None, ge=0, le=1, description="a sign with a lower best score is not committed; null: the server's threshold"
    )
    english: bool = Field(True, description="whether the language model writes the English, where there is one")
    vocabulary: Annotated[list[Gloss], Field(fail_fast=True)] | None = Field(
        None, min_length=1, description="glosses to choose from; null: the operator's choice"
    )
    own_signs: OwnSigns | None = Field(None, description="signs that the signer taught, to choose from as well")
    consent: bool = Field(False, description="whether landmarks of signs that this person corrects may be kept")
    token: str | None = Field(None, max_length=32 * 1024, description="resume token of a lost session")
    key: str | None = Field(None, max_length=256, description="API key, where English by a language model wants one")


class Choose(_Message):
    """A person corrects a committed sign of this phrase or the one before, or says what an unsure one was."""

    type: Literal["choose"] = "choose"
    sign: SignNumber
    gloss: Gloss = Field(description="what the sign was, a gloss of the model or an own sign of this session")


class End(_Message):
    """End the phrase now instead of after a pause."""

    type: Literal["end"] = "end"


class Undo(_Message):
    """Drop the last sign of the phrase."""

    type: Literal["undo"] = "undo"


class Clear(_Message):
    """Drop all signs of the phrase."""

    type: Literal["clear"] = "clear"


class Ping(_Message):
    """Keep a session without frames from timing out."""

    type: Literal["ping"] = "ping"


ClientMessage = Annotated[Start | Choose | End | Undo | Clear | Ping, Field(discriminator="type")]

# ---------------------------------------------------------------------- server to client


class _Event(_Message):
    """Fields that are None are left out of the JSON."""

    droppable: ClassVar[bool] = False  # whether a slow client may miss it, as the next one outdates it


class Candidate(_Message):
    """A gloss that a sign may be."""

    gloss: str
    score: float = Field(description="how likely it is that gloss, 0 to 1; 1 when a person chose it")


class PhraseSign(_Message):
    """A sign of the phrase under way."""

    sign: SignNumber
    gloss: str = Field(description="the likeliest gloss, or the one that a person chose")
    score: float = Field(description="of that gloss")
    candidates: list[Candidate] = Field(description="best first")
    start: Milliseconds
    end: Milliseconds


class Ready(_Event):
    """The session begins."""

    type: Literal["ready"] = "ready"
    session: str = Field(description="id of the session, as the server's log has it")
    resumed: bool = Field(description="whether the token's phrase goes on")
    phrase: list[PhraseSign] = Field(description="signs of the phrase so far")
    model: str = Field(description="name of the registered model")
    version: str = Field(description="its version")
    vocabulary: int = Field(description="how many glosses are chosen from")
    threshold: float = Field(description="a sign with a lower best score is not committed")
    english: Literal["llm", "glosses"] = Field(description="who writes the English")
    feedback: Literal["off", "summaries", "landmarks"] = Field(description="what this server keeps")
    token: Token


class Hands(_Event):
    """Hands came into the picture or left it."""

    droppable = True
    type: Literal["hands"] = "hands"
    left: bool = Field(description="whether the left hand is seen")
    right: bool = Field(description="whether the right hand is seen")


class SignStarted(_Event):
    """A sign is under way."""

    type: Literal["sign_started"] = "sign_started"
    sign: SignNumber
    time: Milliseconds


class Candidates(_Event):
    """What the sign under way may be; may change until it is committed."""

    droppable = True
    type: Literal["candidates"] = "candidates"
    sign: SignNumber
    candidates: list[Candidate] = Field(description="best first")


class Committed(PhraseSign, _Event):
    """A sign is over and recognised; only a person's `choose` changes it afterwards."""

    type: Literal["committed"] = "committed"
    token: Token


class Repeated(_Event):
    """A sign repeats the one before and was merged with it."""

    type: Literal["repeated"] = "repeated"
    sign: SignNumber
    of: int = Field(description="number of the sign before")


class NoSign(_Event):
    """A movement is over that is no sign of the vocabulary."""

    type: Literal["none"] = "none"
    sign: SignNumber
    why: WhyNone
    candidates: list[Candidate] | None = Field(None, description="where there are any, best first")
    start: Milliseconds
    end: Milliseconds


class Phrase(_Event):
    """The phrase after a person chose, undid or cleared."""

    type: Literal["phrase"] = "phrase"
    signs: list[PhraseSign]
    token: Token


class English(_Event):
    """A phrase is over and put into English, or a person corrected it and it is put into English again."""

    type: Literal["english"] = "english"
    phrase: PhraseNumber
    text: str
    source: Literal["llm", "glosses"] = Field(description="whether the language model wrote it or the glosses stand in")
    glosses: list[str] = Field(description="the best of each sign")
    final: bool = Field(description="false: the language model is late, its text follows")
    token: Token


class Error(_Event):
    """Something is wrong."""

    type: Literal["error"] = "error"
    error: str = Field(description="a sentence that says what is wrong and what is right")
    fatal: bool = Field(description="whether the server closes the socket now")


ServerEvent = Annotated[
    Ready | Hands | SignStarted | Candidates | Committed | Repeated | NoSign | Phrase | English | Error,
    Field(discriminator="type"),
]
