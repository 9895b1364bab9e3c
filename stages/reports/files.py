"""JSON between the stages: one way to write it, one way to read it."""

import json
import os
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from stages.start import StageError


class Report(BaseModel):
    """What a stage reports.

    A field that came later has a default, and one that is gone is passed over, so that what older revisions and
    versions say can be read.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")


R = TypeVar("R", bound=BaseModel)


def document(report: BaseModel) -> Any:
    """A report as JSON knows it; names that were given no value are left out."""
    return report.model_dump(mode="json", exclude_unset=True)


def write_json(path: Path, content: Any) -> None:
    """Write readable JSON, whole or not at all, into a folder that is made where it is missing.

    Args:
        path: the file.
        content: a report, or what JSON knows.

    Raises:
        ValueError: a number is not finite, which JSON does not know.
    """
    known = document(content) if isinstance(content, BaseModel) else content
    text = json.dumps(known, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def read_report(path: Path, kind: type[R]) -> R:
    """Read what another stage wrote.

    Raises:
        StageError: there is no such file, or it holds something else.
    """
    if (found := find_report(path, kind)) is None:
        raise StageError(f"{path} is missing: run `dvc repro`")
    return found


def find_report(path: Path, kind: type[R]) -> R | None:
    """Read what another stage wrote; None when there is no such file.

    Raises:
        StageError: it holds something else.
    """
    if not path.is_file():
        return None
    try:
        return kind.model_validate_json(path.read_bytes())
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(map(str, wrong["loc"])) or "the file"
        raise StageError(f"{path} is no {kind.__name__} ({where}: {wrong['msg']}): run `dvc repro`") from None
