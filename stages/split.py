"""Choose glosses and clips, part them into train, val and test, and describe what came out."""

import logging
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, model_validator

from stages import paths
from stages.corpus.lists.listing import SPLITS
from stages.dataset import splits, statistics
from stages.dataset.splits import Selection, SplitError
from stages.params import Section
from stages.reports.data import SplitReport
from stages.reports.files import document, write_json
from stages.start import StageError, stage

log = logging.getLogger(__name__)


class Params(Section):
    """Which glosses and clips go on."""

    strategy: Literal["official", "signer"] = Field(
        "official", description="official: the manifest's subsets; signer: new ones, no signer in two of them"
    )
    max_labels: int | None = Field(
        None, ge=2, description="the first so many glosses of the official order (100 is WLASL100), null = all"
    )
    chosen_labels: tuple[str, ...] = Field((), description="these glosses by name instead, whatever max_labels says")
    max_samples: int | None = Field(None, ge=1, description="clips of every gloss in every subset at most, null = all")
    min_clips: int = Field(1, ge=1, description="train clips that a gloss needs; glosses with fewer are left out")
    val_share: float = Field(0.15, gt=0, lt=0.5, description="0-0.5 of the clips, for the strategy signer")
    test_share: float = Field(0.15, gt=0, lt=0.5, description="0-0.5 of the clips, for the strategy signer")
    seed: int = Field(0, description="of the strategy signer and of the choice that max_samples makes")

    @model_validator(mode="after")
    def _two_labels(self) -> "Params":
        if len(set(self.chosen_labels)) == 1:
            raise ValueError("chosen_labels: one gloss alone leaves nothing to tell apart; name two or more, or none")
        return self


def select(manifest: pd.DataFrame, valid: pd.DataFrame, params: Params) -> Selection:
    """Decide gloss by gloss and clip by clip what goes on.

    Args:
        manifest: one row a clip: video_id, gloss, split, signer, source and, if known, label (official place).
        valid: clips that may be used: video_id, trainable, and what was measured.

    Raises:
        SplitError: nothing to train or to compare models on comes out; the message says what to do.
    """
    order = splits.official_order(manifest)
    glosses = splits.choose_glosses(order, params.max_labels, params.chosen_labels)
    columns = ["video_id", "gloss", "split", "signer", "source"]
    result = Selection(manifest[columns].merge(valid, on="video_id", how="left", indicator="usable"))
    result.keep(result.clips["gloss"].isin(glosses), "not among the chosen glosses")
    result.keep(result.clips["usable"].eq("both"), "did not pass validate")
    if params.strategy == "signer":
        _resplit(result, params)
    trainable = result.clips["trainable"].eq(True)
    result.keep(trainable | result.clips["split"].ne("train"), "passed validate, but not for training")
    _drop_untrained(result, glosses, params.min_clips)
    if params.max_samples is not None:
        result.keep(splits.first_samples(result.clips, params.max_samples, params.seed), "more than max_samples")
    _check(result)
    places = {gloss: label for label, gloss in enumerate(result.labels)}
    result.clips = result.clips.assign(label=result.clips["gloss"].map(places).astype("int32")).reset_index(drop=True)
    return result


def _resplit(result: Selection, params: Params) -> None:
    clips = result.clips.sort_values("trainable", ascending=False, kind="stable")
    result.keep(~clips.duplicated("landmarks_hash").reindex(result.clips.index), "the same landmarks as another clip")
    unknown = result.keep(splits.known_signers(result.clips), "signer unknown")
    if result.clips.empty:
        raise SplitError("split.strategy: signer needs to know the signers, and no clip has one: use `official`")
    if unknown:
        result.notes.append(f"{unknown} clips are left out, for their signer is unknown and could be in two subsets")
    result.clips = result.clips.assign(
        split=splits.by_signer(result.clips, params.val_share, params.test_share, params.seed)
    )


def _drop_untrained(result: Selection, glosses: list[str], least: int) -> None:
    """Leave out glosses with fewer than `least` train clips."""
    trained = result.clips.loc[result.clips["split"].eq("train"), "gloss"].value_counts()
    result.labels = [gloss for gloss in glosses if trained.get(gloss, 0) >= least]
    missing = [gloss for gloss in glosses if gloss not in set(result.labels)]
    result.keep(result.clips["gloss"].isin(result.labels), f"gloss with fewer than {least} train clips")
    if missing:
        names = ", ".join(missing[:10]) + (f" and {len(missing) - 10} more" if len(missing) > 10 else "")
        need = "no train clip" if least == 1 else f"fewer than {least} train clips"
        result.notes.append(f"{len(missing)} glosses have {need} and are left out: {names}. Add clips to have them")


def _check(result: Selection) -> None:
    """Refuse what cannot be trained on, warn of what cannot be measured."""
    advice = f"see {paths.VALIDATION_PAGE}, and split.max_labels, chosen_labels and min_clips in params.yaml"
    if len(result.labels) < 2:
        raise SplitError(f"{len(result.labels)} glosses are left, and training needs two: {advice}")
    for name, use in (("val", "models are compared on it"), ("test", "the final score comes from it")):
        held = result.clips[result.clips["split"].eq(name)]
        if held.empty and name == "val":
            raise SplitError(f"no val clip is left, and {use}: set split.strategy: signer, or add val clips")
        if held.empty:
            result.notes.append(
                f"No {name} clip is left, though {use}: set split.strategy: signer, or add {name} clips"
            )
        elif missing := len(result.labels) - held["gloss"].nunique():
            result.notes.append(
                f"{missing} of {len(result.labels)} glosses have no {name} clip: {name} scores are blind to them"
            )


def save(result: Selection, params: Params) -> None:
    """Write the clips, the labels, the statistics and the figures."""
    from stages.reporting.split import draw_all, write_page

    columns = ["video_id", "gloss", "label", "split", "signer", "source"]
    result.clips[columns].to_parquet(paths.SPLIT_TABLE, index=False)
    write_json(paths.LABELS, result.labels)
    paths.SPLIT.mkdir(parents=True, exist_ok=True)
    described, about = statistics.describe(result.clips), {"left_out": result.left_out, "notes": result.notes}
    report = SplitReport(strategy=params.strategy, **described, **about)
    write_json(paths.SPLIT_STATISTICS, report)
    tables = statistics.tables(result.clips, result.labels)
    for name, table in tables.items():
        table.to_csv(paths.SPLIT / f"{name}.csv", index=False, float_format="%.4g")
    draw_all(result.clips, tables, paths.SPLIT)
    write_page(document(report), tables, paths.SPLIT)


def _read(path: Path, stage: str, needed: tuple[str, ...]) -> pd.DataFrame:
    again = f"run `dvc repro --force {stage}`"
    try:
        table = pd.read_parquet(path)
    except FileNotFoundError:
        raise StageError(f"{path} not found: {again}") from None
    except (OSError, ValueError) as error:
        raise StageError(f"{path} cannot be read ({str(error).splitlines()[0]}): {again}") from None
    if missing := [name for name in needed if name not in table]:
        raise StageError(f"{path} lacks {', '.join(missing)}: {again}")
    return table


def main() -> None:
    """Read params, select, write; exit with a sentence if no usable split comes out."""
    with stage("split", Params) as params:
        manifest = _read(paths.MANIFEST, "ingest", ("video_id", "gloss", "split", "signer", "source"))
        valid = _read(paths.VALID, "validate", ("video_id", "trainable", "landmarks_hash", *statistics.MEASURES))
        result = select(manifest, valid, params)
        save(result, params)
        for note in result.notes:
            log.warning("warning: %s", note)
        counts = ", ".join(f"{result.clips['split'].eq(name).sum()} {name}" for name in SPLITS)
        log.info("%d glosses, %d clips: %s; see %s", len(result.labels), len(result.clips), counts, paths.SPLIT)


if __name__ == "__main__":
    main()
