"""What a revision of the repository says of its model: from git, DVC's cache or remote, or the working tree."""

import io
import logging
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import ValidationError

from stages import paths
from stages.reports.files import R
from stages.tracking.facts import git
from stages.tracking.runs import flatten

log = logging.getLogger(__name__)


class Revision:
    """Reads files as they were at a revision.

    Args:
        name: anything git understands; None for the working tree.
    """

    def __init__(self, name: str | None = None):
        self.name = name

    @cached_property
    def _files(self) -> Any:
        from dvc.api import DVCFileSystem

        return DVCFileSystem(rev=self.name)

    @property
    def short(self) -> str:
        """For people: the first digits of the commit; the working tree is what will be committed on HEAD."""
        return git("rev-parse", "--short=8", self.name or "HEAD") or "this"

    def content(self, path: str | Path) -> bytes | None:
        """A file; None when the revision has none, or has it in no cache and no remote."""
        if self.name is None:
            return Path(path).read_bytes() if Path(path).is_file() else None
        try:
            return self._files.cat_file(str(path))
        except FileNotFoundError:
            return None

    def report(self, path: Path, kind: type[R]) -> R | None:
        """A report of a stage; None when there is none, or one of a form that this code no longer reads."""
        content = self.content(path)
        try:
            return None if content is None else kind.model_validate_json(content)
        except ValidationError:
            log.warning("%s of %s is no %s as this code knows it", path, self.short, kind.__name__)
            return None

    def table(self, path: str | Path) -> pd.DataFrame:
        """A CSV file; empty when there is none."""
        content = self.content(path)
        return pd.DataFrame() if content is None else pd.read_csv(io.BytesIO(content), dtype={"video_id": str})

    @cached_property
    def params(self) -> dict[str, Any]:
        """Parameters by their dotted names."""
        return flatten(yaml.safe_load(self.content("params.yaml") or b"") or {})

    @cached_property
    def predictions(self) -> pd.DataFrame:
        """Val and test clips, one row each: video_id, split, actual, predicted, right."""
        found = self.table(paths.PREDICTIONS)
        return found[found["split"].isin(["val", "test"])].reset_index(drop=True) if len(found) else found
