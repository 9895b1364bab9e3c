"""What `validate` expects of the data: every rule with its limit, what breaking it leads to, and what to do then."""

from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import Field

from stages import paths
from stages.corpus.lists.listing import SPLITS
from stages.params import Section

Level = Literal["stop", "exclude", "untrained", "warn"]


class Limits(Section):
    """Limits of the checks. A range is [least, most], both allowed."""

    min_clips: int = Field(1000, description="usable clips; fewer stop the pipeline")
    min_glosses: int = Field(2, description="a classifier needs two; fewer stop the pipeline")
    min_clips_per_gloss: int = Field(5, description="train clips; glosses with fewer are named in a warning")
    frames: tuple[int, int] = Field(
        (8, 600), description="of a clip; others are excluded. WLASL's longest has about 200"
    )
    fps: tuple[float, float] = Field((10.0, 120.0), description="frames a second; others are excluded")
    picture: tuple[int, int] = Field(
        (64, 8192), description="pixels of width and height; others are named in a warning"
    )
    xy: tuple[float, float] = Field(
        (-2.0, 3.0), description="image fractions (arms leave the picture); clips with points outside are excluded"
    )
    z: tuple[float, float] = Field(
        (-4.0, 4.0), description="on the scale of x; clips with points outside are named in a warning"
    )
    min_hand_share: float = Field(
        0.1, description="0-1 of a clip's frames with a hand; clips below it are kept out of train"
    )
    min_overall_hand_share: float = Field(
        0.4, description="0-1 of all frames; less stops the pipeline. Hands-only WLASL has 0.61"
    )
    min_overall_pose_share: float = Field(0.8, description="0-1 of all frames; less gives a warning")
    min_overall_face_share: float = Field(0.8, description="0-1 of all frames; less gives a warning")
    max_missing: float = Field(0.1, description="0-1 of the manifest's clips without landmarks; more stop the pipeline")
    max_excluded: float = Field(0.1, description="0-1 of clips that had to be excluded; more stop the pipeline")
    max_drift: float = Field(
        0.25, description="population stability index; above it (0.25 is usual) a feature has shifted"
    )


@dataclass(frozen=True)
class Rule:
    """One expectation on one table.

    Attributes:
        table: which table it looks at (see `stages.dataset.tables`).
        title: what is expected, as a sentence for the report.
        expectation: name of the Great Expectations class.
        arguments: its arguments.
        level: what a failure leads to: "stop" the pipeline; "exclude" the failing clips from everything; keep them
            "untrained", that is out of train but in val and test, so that scores stay honest; "warn" only.
        advice: what a person does about a failure.
    """

    table: str
    title: str
    expectation: str
    level: Level
    advice: str
    arguments: dict[str, Any] = field(default_factory=dict)


def _between(table: str, column: str, low: Any, high: Any, title: str, level: Level, advice: str) -> Rule:
    limits = {"column": column, "min_value": low, "max_value": high}
    return Rule(table, title, "ExpectColumnValuesToBeBetween", level, advice, limits)


def schema_rules() -> list[Rule]:
    """Columns and their types; nothing else can be checked while one is wrong."""
    return [
        Rule(
            "columns",
            "Manifest and landmark store have all columns, of the right types",
            "ExpectColumnPairValuesToBeEqual",
            "stop",
            "The files are older than the code or were written by something else: run `dvc repro --force ingest` "
            "and `dvc repro landmarks`.",
            {"column_A": "found", "column_B": "expected"},
        )
    ]


def manifest_rules() -> list[Rule]:
    """Rules on the manifest, one row a clip."""
    ingest = f"Look at {paths.INGESTED_READABLE}, then run `dvc repro --force ingest`."
    missing = [
        Rule("manifest", f"No {name} is missing", "ExpectColumnValuesToNotBeNull", "stop", ingest, {"column": name})
        for name in ("video_id", "gloss", "split")
    ]
    blank = [
        Rule("manifest", f"No {name} is blank", "ExpectColumnValuesToMatchRegex", "stop", ingest,
             {"column": name, "regex": r"\S"})
        for name in ("video_id", "gloss")
    ]  # fmt: skip
    return [
        *missing,
        *blank,
        Rule("manifest", "Every video_id stands in the manifest once", "ExpectColumnValuesToBeUnique", "stop", ingest,
             {"column": "video_id"}),
        Rule("manifest", "Subsets are called train, val or test", "ExpectColumnValuesToBeInSet", "stop", ingest,
             {"column": "split", "value_set": list(SPLITS)}),
        Rule("manifest", "Every clip has the SHA-256 of its content", "ExpectColumnValuesToMatchRegex", "warn",
             "Without it, copies across subsets cannot be found. " + ingest,
             {"column": "sha256", "regex": r"^[0-9a-f]{64}$"}),
    ]  # fmt: skip


def clip_rules(p: Limits) -> list[Rule]:
    """Rules on single clips: manifest joined with the summaries of the landmarks."""
    again = "Run `dvc repro --force landmarks`: the store does not fit the manifest."
    look = "Look at the clip with `python -m stages.landmarks --preview VIDEO_ID`."
    same = "ExpectColumnPairValuesToBeEqual"
    rules = [
        Rule("clips", "Landmarks belong to a clip of the manifest", "ExpectColumnValuesToBeInSet", "exclude", again,
             {"column": "in_manifest", "value_set": [True]}),
        Rule("clips", "Gloss is the manifest's", same, "exclude", again,
             {"column_A": "gloss", "column_B": "manifest_gloss", "ignore_row_if": "either_value_is_missing"}),
        Rule("clips", "Subset is the manifest's", same, "exclude", again,
             {"column_A": "split", "column_B": "manifest_split", "ignore_row_if": "either_value_is_missing"}),
        Rule("clips", "As many frames as the store says", same, "exclude", again,
             {"column_A": "frames", "column_B": "stored_frames"}),
        Rule("clips", "The frame rate is known", "ExpectColumnValuesToNotBeNull", "exclude",
             "Give `fps` in the imported file, or check the video.", {"column": "fps"}),
    ]  # fmt: skip
    return [
        *rules,
        _between("clips", "infinite", 0, 0, "No infinite value", "exclude", "The landmarks are broken: " + again),
        *(_between("clips", f"xy_{end}", *p.xy, f"The {name} x and y are {p.xy[0]:g} to {p.xy[1]:g}", "exclude",
                   "x and y are fractions of the picture, not pixels. " + look)
          for end, name in (("min", "lowest"), ("max", "highest"))),
        *(_between("clips", f"z_{end}", *p.z, f"The {name} z is {p.z[0]:g} to {p.z[1]:g}", "warn", look)
          for end, name in (("min", "lowest"), ("max", "highest"))),
        _between("clips", "constant", 0, 0, "What was not seen is NaN, not 0 or another constant", "exclude",
                 "Write NaN for the points that were not seen: a hand cannot have all its points at one place."),
        _between("clips", "side_by_wrists", 0, None, "Hands are at their own wrists", "exclude",
                 "Left and right hand have changed places, or hands alone are mirrored: rows 0-20 are the signer's own "
                 "left hand, in a picture that is not mirrored."),
        _between("clips", "side_by_shoulders", 0, None, "The left shoulder is on the picture's right", "exclude",
                 "The landmarks are of a mirrored picture: write 1 - x for x, or extract them from the picture as it "
                 "is; or the signer turns the back."),
        _between("clips", "frames", *p.frames, f"{p.frames[0]} to {p.frames[1]} frames", "exclude",
                 "Shorter is no sign, longer is more than one. Change `validate.frames` if yours are that long."),
        _between("clips", "fps", *p.fps, f"{p.fps[0]:g} to {p.fps[1]:g} frames a second", "exclude",
                 "Check the video, or change `validate.fps`."),
        _between("clips", "decoded", 0.9, 1.1, "As many frames as the video says, give or take a tenth", "warn",
                 "The video may be cut off. " + look),
        *(_between("clips", side, *p.picture, f"Picture {side} is {p.picture[0]} to {p.picture[1]} pixels", "warn",
                   "Small pictures lose the fingers. " + look) for side in ("width", "height")),
        _between("clips", "partial", 0, 0, "Hands, pose and face are seen whole or not at all", "warn",
                 "MediaPipe never does this: check where imported landmarks come from."),
        _between("clips", "hand_share", p.min_hand_share, None,
                 f"A hand is seen in at least {p.min_hand_share:.0%} of a clip's frames", "untrained",
                 "Kept in val and test, left out of train. " + look),
        _between("clips", "copies", 0, 0, "No train clip has the very hands of a val or test clip", "untrained",
                 "These train clips are left out, so that val and test stay unseen."),
    ]  # fmt: skip


def corpus_rules(p: Limits) -> list[Rule]:
    """Rules on the clips that are left, taken together."""
    more = "Add data, or lower `validate.{}` if you mean to work with so little."
    stop = [
        ("clips", p.min_clips, None, f"At least {p.min_clips} usable clips", more.format("min_clips")),
        ("glosses", p.min_glosses, None, f"At least {p.min_glosses} glosses", more.format("min_glosses")),
        ("train", 1, None, "There are train clips", "Check the subsets in the manifest (column `split`)."),
        ("missing_share", None, p.max_missing, f"At most {p.max_missing:.0%} of the manifest's clips have no landmarks",
         f"See `failed` in {paths.EXTRACTED}; run `dvc repro --force landmarks`, or raise `validate.max_missing`."),
        ("excluded_share", None, p.max_excluded, f"At most {p.max_excluded:.0%} of the clips had to be excluded",
         "So many broken clips have one cause: see the rules above that name them; or raise `validate.max_excluded`."),
        ("thumbs_share", 0.5, None, "Most clips have their thumbs where hands of their side have them",
         "Left and right hand have changed places, or landmarks are of a mirrored picture: rows 0-20 are the signer's "
         "own left hand, x goes to the right in a picture that is not mirrored, z grows away from the camera."),
        ("hand_share", p.min_overall_hand_share, None,
         f"Hands are seen in at least {p.min_overall_hand_share:.0%} of all frames",
         "Without hands there is nothing to learn: check the extractor's settings in `landmarks`."),
    ]  # fmt: skip
    parts = [("pose", p.min_overall_pose_share), ("face", p.min_overall_face_share)]
    return [
        *(_between("totals", column, low, high, title, "stop", advice) for column, low, high, title, advice in stop),
        *(_between("totals", f"{part}_share", low, None, f"The {part} is seen in at least {low:.0%} of all frames",
                   "warn", f"Fine for hands-only landmarks; else check the extractor. Models cannot use the {part}.")
          for part, low in parts),
        _between("files", "splits", 1, 1, "No clip (same content) is in two subsets", "stop",
                 "val and test would be known from training: set `ingest.resolve_duplicates: true`."),
        _between("files", "glosses", 1, 1, "No clip (same content) has two glosses", "warn",
                 "Words of one sign, which `ingest.synonyms: true` keeps, or a wrong gloss, which `false` drops."),
        _between("files", "clips", 1, 1, "No clip (same content) is there twice", "warn",
                 "Copies of one gloss weigh double: set `ingest.resolve_duplicates: true`."),
        _between("signers", "splits", 1, 1, "No signer is in two subsets", "warn",
                 "WLASL's official split is like that: `split.strategy: signer` keeps signers apart."),
        _between("glosses", "train", p.min_clips_per_gloss, None,
                 f"Every gloss has at least {p.min_clips_per_gloss} train clips", "warn",
                 "Set `split.min_clips` to leave such glosses out, or add clips."),
        *(_between("glosses", name, 1, None, f"Every gloss has a {name} clip", "warn",
                   f"These glosses are not measured in {name}.") for name in ("val", "test")),
    ]  # fmt: skip


def drift_rules(p: Limits) -> list[Rule]:
    """Rules against the data that Production was trained on."""
    return [
        _between("drift", "excess", None, 0.0, f"Nothing has shifted (stability index at most {p.max_drift:g})", "warn",
                 "The data differs from what Production learned from: compare both models on new clips first."),
        Rule("gone", "All glosses that Production knows are still there", "ExpectColumnValuesToBeNull", "warn",
             "A model trained now forgets them: add their clips again if that is not meant.", {"column": "gloss"}),
    ]  # fmt: skip
