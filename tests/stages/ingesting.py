"""What `ingest` makes of the archives in the working folder."""

import json

import pandas as pd

from stages import paths
from stages.corpus.manifest import read_manifest
from stages.ingest import Params, ingest


def run_ingest(**params) -> tuple[dict, pd.DataFrame]:
    """Run the stage; returns its report and the manifest."""
    ingest(Params(**params))
    return json.loads(paths.INGESTED.read_text()), read_manifest(paths.MANIFEST)
