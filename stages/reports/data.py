"""Reports on the clips: where they come from, what validate made of them, and how they were parted."""

from pydantic import Field

from stages.reports.files import Report


class Archive(Report):
    """One file that the raw data is in."""

    path: str
    sha256: str


class RawData(Report):
    """What `fetch` brought in."""

    source: str = Field(description="fetch.source")
    dataset: str = Field("", description="its name, where the source does not tell it")
    archives: tuple[Archive, ...] = ()


class ValidationReport(Report):
    """Counts and shares over the clips."""

    passed: bool = Field(description="whether the data is fit to train on")
    checks: dict[str, int] = Field(default_factory=dict, description="by how they ended")
    clips: dict[str, int] = Field(default_factory=dict, description="by what became of them")
    seen: dict[str, float | None] = Field(default_factory=dict, description="0-1 of all frames, by part of the body")
    drift: dict[str, int] = Field(default_factory=dict, description="features compared, and those that shifted")


class Moments(Report):
    """What a number is over some clips; None without any."""

    mean: float | None = None
    std: float | None = None
    min: float | None = None
    max: float | None = None


class Subset(Report):
    """What one subset holds."""

    videos: int
    glosses: int
    signers: int = Field(description="that are known")
    videos_per_gloss: Moments = Moments()
    frames: Moments = Field(Moments(), description="of a video, at its own rate")
    seconds: Moments = Field(Moments(), description="of a video")
    seen: dict[str, float | None] = Field(default_factory=dict, description="0-1 of the frames, by part of the body")


class SplitReport(Report):
    """How the clips were parted."""

    strategy: str = ""
    videos: int = 0
    glosses: int = 0
    signers: int = 0
    signers_in_several_subsets: int = 0
    subsets: dict[str, Subset] = Field(default_factory=dict, description="by subset, and of all clips")
    left_out: dict[str, int] = Field(default_factory=dict, description="clips, by why")
    notes: tuple[str, ...] = Field((), description="what a person should know")
