"""Bring in the raw data: the drawn sample, zips, a download from Kaggle, or imported landmarks."""

import logging
from pathlib import Path
from typing import Literal

from pydantic import Field

from stages import paths
from stages.corpus import sources
from stages.corpus.archives import ArchiveEntry
from stages.corpus.drawn.lexicon import LEXICON
from stages.params import Section
from stages.start import stage

log = logging.getLogger(__name__)


class Params(Section):
    """Section `fetch` of params.yaml."""

    source: Literal["sample", "zips", "wlasl", "kaggle", "landmarks"] = Field(
        "wlasl",
        description="sample: drawn here; zips: in `folder`, told by their list, and .npz beside them; "
        "wlasl: likewise, its two zips by their names; kaggle: downloads those; landmarks: .npz in `folder`",
    )
    folder: Path = Field(paths.INCOMING, description="where the zips or the .npz files are; read in place")
    kaggle_gb: tuple[float, float] = Field((5.5, 5.5), description="disk that each of Kaggle's two data sets takes, GB")
    glosses: int = Field(
        len(LEXICON), ge=2, le=len(LEXICON), description=f"words of the drawn sample, {len(LEXICON)} at most"
    )
    takes: int = Field(1, ge=1, le=50, description="drawn clips of each word by each of the ten signers")
    seed: int = Field(0, ge=0, description="of the drawn sample")


def fetch(params: Params, out: Path = paths.RAW) -> list[ArchiveEntry]:
    """Bring in what `params.source` names and list it in `out/archives.json`.

    Raises:
        sources.SourceError: the source's data is not there; the message says what to do.
    """
    out.mkdir(parents=True, exist_ok=True)
    (out / sources.LIST).unlink(missing_ok=True)  # should this run fail, no list of an earlier one misleads
    dataset = ""
    match params.source:
        case "sample":
            archives = sources.sample(out, params.glosses, params.takes, params.seed)
        case "zips":
            archives = sources.zips(params.folder)
            dataset = sources.dataset_of(archives)
        case "wlasl":
            archives = sources.wlasl(params.folder)
        case "kaggle":
            archives = sources.download(params.kaggle_gb)
        case "landmarks":
            archives = sources.landmarks(params.folder)
    sources.write_list(out, params.source, archives, dataset)
    for archive in archives:
        log.info("%s: %s, %.1f MB", archive.kind, archive.path, archive.size / 1e6)
    return archives


def main() -> None:
    """Run the stage."""
    with stage("fetch", Params, stopped="stopped; nothing half-written is left") as params:
        fetch(params)


if __name__ == "__main__":
    main()
